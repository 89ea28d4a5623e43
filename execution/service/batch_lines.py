"""One line of a batch: the act and its outcome in one transaction; a refusal in one of its own, with its reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.domain.states import State
from execution.domain.verdict import Verdict
from execution.errors import Conflict, NotFound, Refused, RowcolError
from execution.payouts import deciding, proposing, views
from execution.payouts.journal import note as journal_note
from execution.payouts.rows import Row, live_payout_of, lock_payout, verdicts_of
from execution.payouts.surroundings import Surroundings
from execution.people.permissions import Verb
from execution.service import refusals
from execution.service.batch_run import Asked, Run
from execution.service.desk import Desk, open_bill

ASK_COLLEAGUE = "Ask a bookkeeper to propose it"
# Outcome of a line that went well, and of which verb.
DONE = {
    "proposed": "propose", "approved": "approve", "needs_second": "approve", "held": "hold", "rejected": "reject",
    "released": "release", "cancelled": "cancel",
}  # fmt: skip
SAID = {
    "proposed": "Proposed; another person approves", "approved": "Approved; waits for release",
    "needs_second": "A second approver must sign", "held": "On hold; its earmark is freed",
    "rejected": "Rejected; the bill may be proposed again", "released": "Released; the executor sends it next",
    "cancelled": "Cancelled; its hold is freed",
}  # fmt: skip


class Lines:
    """Lines asked for by payout, or by bill to propose them."""

    refused = "refused"

    def __init__(self, desk: Desk, run: Run) -> None:
        self._desk, self.run = desk, run

    def take(self, position: int, asked: Asked, now: datetime) -> views.BatchLine:
        """Do the verb to one line, once; a line that is done already is answered as it is."""
        run, desk = self.run, self._desk
        with desk._store.read() as cx:
            if kept := run.kept(cx, asked.subject_id):
                return kept
        values: dict[str, Any] = {"source_bill_id": None, "payout_id": None, "payload_sha256": None, "verdicts": []}
        try:
            try:
                with desk._store.begin() as cx:
                    done = self._act(cx, asked, values, now)
                    said = {"outcome": done, "reason": SAID.get(done, ""), **values}
                    return run.keep(cx, position, asked.subject_id, said)
            except sa.exc.IntegrityError as error:
                # Somebody was quicker by a moment: the same key on another line of ours, or a colleague on this bill.
                with desk._store.read() as cx:
                    if kept := run.kept(cx, asked.subject_id):
                        return kept
                raise Conflict(f"{asked.subject_id[:40]} was decided by a colleague this moment; look again") from error
        except RowcolError as error:
            return self._keep_refusal(position, asked, values, error, now)

    def _act(self, cx: sa.Connection, asked: Asked, values: dict[str, Any], now: datetime) -> str:
        if self.run.verb is Verb.PROPOSE:
            return self._propose(cx, asked, values, now)
        return self._decide(cx, asked.subject_id, asked.payload_sha256, values, now)

    def _propose(self, cx: sa.Connection, asked: Asked, values: dict[str, Any], now: datetime) -> str:
        run, desk, bill_id = self.run, self._desk, asked.subject_id
        values["source_bill_id"] = bill_id
        client = desk._client(cx, run.principal, run.client_id, Verb.PROPOSE, now)
        with desk._snapshot(run.principal.advisor_id) as snapshot:
            around = Surroundings(cx, snapshot, client, now, few=True)
            after = proposing.propose(
                around, open_bill(around, bill_id), actor=run.actor, preparer_id=run.principal.person_id,
                arrival_date=asked.arrival_date, note_text=run.reason, batch_id=run.batch_id,
            )  # fmt: skip
        _of(values, after)
        values["verdicts"] = verdicts_of(cx, after)
        if after["state"] == State.BLOCKED:
            values["reason"] = after["state_reason"]
            return "blocked"
        if after["state"] != State.PROPOSED:
            raise Conflict(f"Bill {bill_id} is in payment already: payout {after['payout_id'][:8]} is {after['state']}")
        return "proposed"

    def _decide(
        self, cx: sa.Connection, payout_id: str, payload_sha256: str | None, values: dict[str, Any], now: datetime
    ) -> str:
        run, desk = self.run, self._desk
        row, person = desk._payout(cx, run.principal, payout_id, run.verb, now)
        if row["client_id"] != run.client_id:
            raise NotFound(f"There is no payout {payout_id[:8]} of client {run.client_id}; choose it from their list")
        _of(values, row)
        if payload_sha256 is not None:
            deciding.require_payload(cx, row, payload_sha256)
        if run.verb is Verb.APPROVE:
            with desk._snapshot(run.principal.advisor_id) as snapshot:
                after = desk._sign(cx, snapshot, row, person, row["payload_sha256"], run.reason, now)
            values["verdicts"] = verdicts_of(cx, after)
            return "needs_second" if after["state"] == State.PROPOSED else "approved"
        if run.verb is Verb.RELEASE:
            deciding.release(cx, row, person, now=now, actor=run.actor)
            return "released"
        act, done = {
            Verb.HOLD: (deciding.hold, "held"), Verb.REJECT: (deciding.reject, "rejected"),
            Verb.CANCEL: (deciding.cancel, "cancelled"),
        }[run.verb]  # fmt: skip
        act(cx, row, reason=run.reason, now=now, actor=run.actor)
        return done

    def _keep_refusal(
        self, position: int, asked: Asked, values: dict[str, Any], error: RowcolError, now: datetime
    ) -> views.BatchLine:
        """The refused act was rolled back; what was refused and why is kept, with its audit event."""
        run, desk = self.run, self._desk
        said = error.verdicts if isinstance(error, Refused) else ()
        verdicts = [v.as_inputs() for v in said if isinstance(v, Verdict)]
        values |= {"outcome": self.refused, "reason": str(error), "verdicts": verdicts}
        noun = {Verb.APPROVE: "approval", Verb.PROPOSE: "proposal"}.get(run.verb, str(run.verb))
        with desk._store.begin() as cx:
            if kept := run.kept(cx, asked.subject_id):
                return kept
            line = run.keep(cx, position, asked.subject_id, values)
            if values["payout_id"]:
                row = lock_payout(cx, run.principal.advisor_id, values["payout_id"])
                journal_note(cx, row, actor=run.actor, now=now, action=f"payout.{noun}_refused",
                             from_state=row["state"], to_state=row["state"],
                             inputs={"reason": values["reason"], "verdicts": verdicts,
                                     "batch_id": run.batch_id})  # fmt: skip
        if not values["payout_id"]:
            refusals.record(desk._store, desk._clock, run.principal, f"bill.{noun}_refused", asked.subject_id,
                            values["reason"], {"batch_id": run.batch_id}, client_id=run.client_id)  # fmt: skip
        return line


class BillApprovals(Lines):
    """Approvals asked for by bill: whatever colleagues proposed for it is signed as it stands."""

    refused = "blocked"

    def _act(self, cx: sa.Connection, asked: Asked, values: dict[str, Any], now: datetime) -> str:
        run, desk, bill_id = self.run, self._desk, asked.subject_id
        values["source_bill_id"] = bill_id
        found = live_payout_of(cx, run.principal.advisor_id, run.client_id, bill_id)
        if found is not None:
            return self._decide(cx, found["payout_id"], None, values, now)
        client = desk._client(cx, run.principal, run.client_id, Verb.APPROVE, now)
        with desk._snapshot(run.principal.advisor_id) as snapshot:
            open_bill(Surroundings(cx, snapshot, client, now, few=True), bill_id)
        raise Conflict(f"Nobody proposed bill {bill_id} yet. {ASK_COLLEAGUE}")


def _of(values: dict[str, Any], row: Row) -> None:
    values |= {name: row[name] for name in ("source_bill_id", "payout_id", "payload_sha256")}
