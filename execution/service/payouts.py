"""Payouts as people command them. Each function re-reads who the caller is, then is one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.clock import Clock
from execution.domain.facts import Stage
from execution.domain.payload import hash_of_list
from execution.domain.states import State
from execution.domain.verdict import Effect, Verdict, outcome_of, refuses
from execution.errors import Conflict, Invalid, NotFound, Refused, RowcolError, StaleData
from execution.facts.snapshot import NoSnapshot, Snapshot, open_snapshot
from execution.payouts import deciding, proposing, views
from execution.payouts.gather import known_payee
from execution.payouts.journal import note as journal_note
from execution.payouts.rows import (
    INTAKE_AGENT,
    Row,
    client_row,
    live_payout_of,
    lock_payout,
    policy_of,
    signatures_of,
    today_of,
)
from execution.people.assignments import recheck
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service import refusals
from execution.settings import Settings
from execution.store import Store
from execution.store import tables as t

ASK_COLLEAGUE = "Ask a bookkeeper to propose it"


@refusals.kept_of("propose approve approve_bills hold reject cancel release record_call_back")
class Payouts:
    """Propose, approve, release and follow payouts. Sending is the executor's, never ours."""

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store, self._clock, self._settings = store, clock, settings

    def preview(self, principal: Principal, client_id: str, source_bill_ids: Sequence[str]) -> list[views.BillVerdict]:
        """What every guard says of some open bills; writes nothing."""
        now = self._clock.now()
        with self._store.read() as cx, self._snapshot(principal.advisor_id) as snapshot:
            client = self._client(cx, principal, client_id, Verb.SEE, now)
            return [self._verdict(cx, snapshot, client, bill_id, now) for bill_id in source_bill_ids]

    def propose(
        self, principal: Principal, client_id: str, source_bill_id: str, *,
        arrival_date: date | None = None, note: str = "",
    ) -> views.Payout:  # fmt: skip
        """Ask for a bill to be paid. Raises NotFound when it is not among the open bills."""
        now = self._clock.now()
        with self._store.begin() as cx, self._snapshot(principal.advisor_id) as snapshot:
            client = self._client(cx, principal, client_id, Verb.PROPOSE, now)
            bill = _bill(snapshot, client_id, source_bill_id)
            row = proposing.propose(
                cx, snapshot, client, bill, actor=Actor.of(principal, principal.via),
                preparer_id=principal.person_id, now=now, arrival_date=arrival_date, note_text=note,
            )  # fmt: skip
            return _view(cx, row)

    def propose_due(self, advisor_id: str) -> list[views.Payout]:
        """The intake agent proposes each client's bills due within the policy's horizon and payable here.

        A bill that has a live payout, or that a guard would stop, is left for people.
        """
        now, made = self._clock.now(), []
        with self._snapshot(advisor_id) as snapshot:
            for client_id in snapshot.client_ids():
                with self._store.begin() as cx:
                    try:
                        client = client_row(cx, advisor_id, client_id)
                    except NotFound:
                        continue
                    rules = policy_of(cx, advisor_id, client_id, now).rules
                    until = today_of(client, now) + timedelta(days=rules.propose_horizon_days)
                    for bill in snapshot.bills_due(client_id, until):
                        bill_id = bill["source_bill_id"]
                        if live_payout_of(cx, advisor_id, client_id, bill_id) is not None:
                            continue
                        if self._verdict(cx, snapshot, client, bill_id, now).outcome == Effect.BLOCKED:
                            continue
                        row = proposing.propose(
                            cx, snapshot, client, bill, actor=INTAKE_AGENT, preparer_id=INTAKE_AGENT.person, now=now,
                            note_text="due soon",
                        )  # fmt: skip
                        made.append(_view(cx, row))
        return made

    def approve(self, principal: Principal, payout_id: str, *, payload_sha256: str, reason: str = "") -> views.Payout:
        """Sign the payload that was shown. Raises Refused with the verdicts when a guard says no."""
        now = self._clock.now()
        with self._store.begin() as cx, self._snapshot(principal.advisor_id) as snapshot:
            row, person = self._payout(cx, principal, payout_id, Verb.APPROVE, now)
            after = self._approve(cx, snapshot, row, person, payload_sha256, reason, now)
            return _view(cx, after)

    def approve_bills(
        self,
        principal: Principal,
        client_id: str,
        source_bill_ids: Sequence[str],
        *,
        idempotency_key: str,
        note: str = "",
    ) -> views.BatchResult:
        """Approve what colleagues proposed, bill by bill; one refused bill never stops another.

        The same key answers the first act again; the same key with other bills is a Conflict.
        """
        if not source_bill_ids:
            raise Invalid("Choose at least one bill")
        now = self._clock.now()
        asked = list(dict.fromkeys(source_bill_ids))
        request = hashlib.sha256(json.dumps([client_id, asked, note]).encode()).hexdigest()
        whose = f"{principal.advisor_id}\0{client_id}\0{principal.person_id}\0{idempotency_key}"
        batch_id = hashlib.sha256(whose.encode()).hexdigest()[:32]
        with self._store.begin() as cx:
            self._client(cx, principal, client_id, Verb.APPROVE, now)
            b = t.batch.c
            mine = sa.and_(b.advisor_id == principal.advisor_id, b.client_id == client_id, b.batch_id == batch_id)
            known = cx.execute(sa.select(b.request_sha256).where(mine)).scalar()
            if known is not None and known != request:
                raise Conflict("This Idempotency-Key was used for other bills; use a new key")
            if known is None:
                cx.execute(sa.insert(t.batch).values(
                    advisor_id=principal.advisor_id, client_id=client_id, batch_id=batch_id, created_at=now, note=note,
                    idempotency_key=idempotency_key, person_id=principal.person_id, request_sha256=request,
                ))  # fmt: skip
        lines = [self._batch_line(principal, client_id, batch_id, n, bill_id, note) for n, bill_id in enumerate(asked)]
        with self._store.begin() as cx:
            hashes = [line.payload_sha256 for line in lines if line.payload_sha256]
            cx.execute(sa.update(t.batch).where(mine).values(list_sha256=hash_of_list(hashes)))
        return views.BatchResult(batch_id, lines)

    def hold(self, principal: Principal, payout_id: str, reason: str) -> views.Payout:
        """Stop a payout that was not sent yet; its earmark is freed."""
        return self._decide(principal, payout_id, Verb.HOLD, deciding.hold, reason)

    def reject(self, principal: Principal, payout_id: str, reason: str) -> views.Payout:
        """Say no to a proposal."""
        return self._decide(principal, payout_id, Verb.REJECT, deciding.reject, reason)

    def cancel(self, principal: Principal, payout_id: str, reason: str) -> views.Payout:
        """Withdraw a payout before it is sent, or end a rehearsal."""
        return self._decide(principal, payout_id, Verb.CANCEL, deciding.cancel, reason)

    def release(self, principal: Principal, payout_id: str) -> views.Payout:
        """Hand an approved payout to the executor."""
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.RELEASE, now)
            return _view(cx, deciding.release(cx, row, person, now=now, actor=Actor.of(person, person.via)))

    def record_call_back(
        self, principal: Principal, client_id: str, vendor_id_ramp: str, *, number_source: str
    ) -> None:
        """Keep that this person called the vendor on a number known before the request."""
        if not number_source.strip():
            raise Invalid("Write where the number came from that you called")
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.VERIFY_PAYEE, now)
            seen = known_payee(cx, client, vendor_id_ramp)
            if seen is None:
                raise Conflict(f"The executor has not read vendor {vendor_id_ramp} at Ramp yet; try again in a minute")
            p, c = t.payee.c, t.payee_change.c
            cx.execute(
                sa.update(t.payee)
                .where(p.advisor_id == client["advisor_id"], p.client_id == client_id,
                       p.vendor_id_ramp == vendor_id_ramp, p.vendor_account_id == seen["vendor_account_id"])
                .values(verified_at=now, verified_by=principal.person_id)
            )  # fmt: skip
            cx.execute(
                sa.update(t.payee_change)
                .where(c.advisor_id == client["advisor_id"], c.client_id == client_id,
                       c.vendor_id_ramp == vendor_id_ramp, c.new_fingerprint == seen["fingerprint"])
                .values(call_back_number_source=number_source.strip(), called_by=principal.person_id,
                        confirmed_by=principal.person_id, released_at=now)
            )  # fmt: skip
            append(cx, advisor_id=client["advisor_id"], client_id=client_id, at=now,
                   actor=Actor.of(principal, principal.via), action="payee.called_back", subject_kind="vendor",
                   subject_id=vendor_id_ramp, inputs={"number_source": number_source.strip()})  # fmt: skip

    def list(
        self, principal: Principal, client_id: str | None = None, states: Sequence[str] | None = None
    ) -> list[views.Payout]:
        """Payouts within the person's reach, newest first."""
        p = t.payout.c
        with self._store.read() as cx:
            person = recheck(cx, principal, Verb.SEE, self._clock.now())
            query = sa.select(t.payout).where(p.advisor_id == person.advisor_id)
            if person.client_ids is not None:
                query = query.where(p.client_id.in_(sorted(person.client_ids)))
            if client_id is not None:
                query = query.where(p.client_id == client_id)
            if states is not None:
                query = query.where(p.state.in_([str(state) for state in states]))
            rows = cx.execute(query.order_by(p.updated_at.desc(), p.payout_id)).mappings().all()
            return [_view(cx, dict(row)) for row in rows]

    def get(self, principal: Principal, payout_id: str) -> views.PayoutDetail:
        """A payout with its verdicts, approvals, timeline out of the audit log, custody and rail calls."""
        with self._store.read() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.SEE, self._clock.now())
            a, c, r = t.audit.c, t.custody.c, t.rail_call.c
            events: Any = cx.execute(
                sa.select(a.body).where(a.chain_id == person.advisor_id, a.subject_id == payout_id).order_by(a.seq)
            ).scalars()
            mine = (c.advisor_id == row["advisor_id"], c.client_id == row["client_id"], c.payout_id == payout_id)
            custody = cx.execute(sa.select(t.custody).where(*mine)).mappings().first()
            calls = cx.execute(
                sa.select(r.attempt, r.seq, r.method, r.path, r.request_sha256, r.outcome, r.status, r.trace_id,
                          r.response_note, r.started_at, r.finished_at)
                .where(r.advisor_id == row["advisor_id"], r.client_id == row["client_id"], r.payout_id == payout_id)
                .order_by(r.attempt, r.seq)
            ).mappings()  # fmt: skip
            return views.PayoutDetail(
                payout=_view(cx, row),
                verdicts=views.verdicts_from(row["verdicts"]),
                approvals=deciding.approvals_of(cx, row),
                timeline=[_event(bytes(body)) for body in events],
                custody=dict(custody) if custody else None,
                rail_calls=[dict(call) for call in calls],
            )

    def reserves(self, principal: Principal, client_id: str) -> Sequence[views.Reserve]:
        """Cash that is set aside for the client's payouts now."""
        h, e, p = t.hold.c, t.hold_end.c, t.payout.c
        with self._store.read() as cx:
            self._client(cx, principal, client_id, Verb.SEE, self._clock.now())
            ended = sa.and_(h.advisor_id == e.advisor_id, h.client_id == e.client_id, h.payout_id == e.payout_id,
                            h.attempt == e.attempt)  # fmt: skip
            owner = sa.and_(h.advisor_id == p.advisor_id, h.client_id == p.client_id, h.payout_id == p.payout_id)
            query = (
                sa.select(h.client_id, h.payout_id, p.vendor_name, h.account_id_plaid, h.amount_minor,
                          p.currency_code, h.held_at)
                .select_from(t.hold.join(t.payout, owner).outerjoin(t.hold_end, ended))
                .where(h.advisor_id == principal.advisor_id, h.client_id == client_id, e.attempt.is_(None))
                .order_by(h.held_at)
            )  # fmt: skip
            return [views.Reserve(**row) for row in cx.execute(query).mappings()]

    # -- inside -----------------------------------------------------------------------------------------------

    @contextmanager
    def _snapshot(self, advisor_id: str) -> Iterator[Snapshot]:
        try:
            with open_snapshot(self._settings.data, advisor_id) as snapshot:
                yield snapshot
        except NoSnapshot as error:
            raise StaleData(f"{error}; run a load and publish first") from error

    def _client(self, cx: sa.Connection, principal: Principal, client_id: str, verb: Verb, now: datetime) -> Row:
        person = recheck(cx, principal, verb, now)
        if not person.serves(client_id):
            raise NotFound(f"There is no client {client_id} that you serve; choose one from the portfolio")
        return client_row(cx, person.advisor_id, client_id)

    def _payout(
        self, cx: sa.Connection, principal: Principal, payout_id: str, verb: Verb, now: datetime
    ) -> tuple[Row, Principal]:
        person = recheck(cx, principal, verb, now)
        row = lock_payout(cx, person.advisor_id, payout_id)
        if not person.serves(row["client_id"]):
            raise NotFound(f"There is no payout {payout_id[:8]}; open the Decision console for the current list")
        return row, person

    def _verdict(
        self, cx: sa.Connection, snapshot: Snapshot, client: Row, source_bill_id: str, now: datetime
    ) -> views.BillVerdict:
        bill = snapshot.bill(client["client_id"], source_bill_id)
        if bill is None:
            said = refuses(
                "bill_open", "This bill is not among the open bills", "Load again; it may be paid or deleted"
            )
            return views.BillVerdict(source_bill_id, str(Effect.BLOCKED), [said])
        policy = policy_of(cx, client["advisor_id"], client["client_id"], now)
        live = live_payout_of(cx, client["advisor_id"], client["client_id"], source_bill_id)
        funding = snapshot.funding_account(client["client_id"], bill["source_bank_account_id_ramp"])
        try:
            generation = live["generation"] if live else proposing.next_generation(cx, client, source_bill_id)
            payload = proposing.payload_for(
                cx, client, bill, policy, generation=generation, today=today_of(client, now),
                arrival_date=live["arrival_date"] if live else None,
                account_id=funding["account_id_plaid"] if funding else None,
            )  # fmt: skip
        except (Invalid, Conflict) as error:
            said = refuses("bill_open", str(error), "Look at the bill and its earlier payouts")
            return views.BillVerdict(source_bill_id, str(Effect.BLOCKED), [said])
        verdicts, _ = proposing.judge(cx, snapshot, client, policy, payload=payload, stage=Stage.PROPOSE, now=now,
                                      bill=bill, is_preview=True)  # fmt: skip
        return views.BillVerdict(source_bill_id, str(outcome_of(verdicts)), verdicts)

    def _approve(
        self, cx: sa.Connection, snapshot: Snapshot, row: Row, person: Principal, sha: str, reason: str, now: datetime
    ) -> Row:
        client = client_row(cx, row["advisor_id"], row["client_id"])
        session = hashlib.sha256(person.session_id.encode()).hexdigest() if person.session_id else None
        return deciding.approve(
            cx, snapshot, client, row, person, payload_sha256=sha, reason=reason, now=now,
            actor=Actor.of(person, person.via), session_hash=session,
        )  # fmt: skip

    def _batch_line(
        self, principal: Principal, client_id: str, batch_id: str, position: int, bill_id: str, note: str
    ) -> views.BatchLine:
        now = self._clock.now()
        line_key = {"advisor_id": principal.advisor_id, "client_id": client_id, "batch_id": batch_id,
                    "source_bill_id": bill_id}  # fmt: skip
        b = t.batch_line.c
        with self._store.read() as cx:
            kept = (
                cx.execute(sa.select(t.batch_line).where(*[b[n] == v for n, v in line_key.items()])).mappings().first()
            )
        if kept is not None:
            return _line(dict(kept))
        values: dict[str, Any] = {"payout_id": None, "payload_sha256": None, "verdicts": []}
        try:
            with self._store.begin() as cx, self._snapshot(principal.advisor_id) as snapshot:
                found = live_payout_of(cx, principal.advisor_id, client_id, bill_id)
                if found is None:
                    _bill(snapshot, client_id, bill_id)
                    values |= {"outcome": "blocked", "reason": ASK_COLLEAGUE}
                else:
                    row, person = self._payout(cx, principal, found["payout_id"], Verb.APPROVE, now)
                    values |= {"payout_id": row["payout_id"], "payload_sha256": row["payload_sha256"]}
                    after = self._approve(cx, snapshot, row, person, row["payload_sha256"], note, now)
                    needs_more = after["state"] == State.PROPOSED
                    values |= {
                        "outcome": "needs_second" if needs_more else "approved",
                        "reason": "A second approver must sign" if needs_more else "Approved; waits for release",
                        "verdicts": after["verdicts"],
                    }
                cx.execute(sa.insert(t.batch_line).values(**line_key, position=position, **values))
        except (Refused, RowcolError) as error:
            said = error.verdicts if isinstance(error, Refused) else ()
            kept_verdicts = [v.as_inputs() for v in said if isinstance(v, Verdict)]
            values |= {"outcome": "blocked", "reason": str(error), "verdicts": kept_verdicts}
            self._keep_refusal(principal, line_key, position, values, now)
        if values["payout_id"] is None:
            refusals.record(self._store, self._clock, principal, "bill.approval_refused", bill_id, values["reason"],
                            {"batch_id": batch_id}, client_id=client_id)  # fmt: skip
        return _line({**line_key, **values})

    def _keep_refusal(
        self, principal: Principal, line_key: dict[str, str], position: int, values: dict[str, Any], now: datetime
    ) -> None:
        with self._store.begin() as cx:
            cx.execute(sa.insert(t.batch_line).values(**line_key, position=position, **values))
            if values["payout_id"]:
                row = lock_payout(cx, principal.advisor_id, values["payout_id"])
                journal_note(cx, row, actor=Actor.of(principal, principal.via), now=now,
                             action="payout.approval_refused", from_state=row["state"], to_state=row["state"],
                             inputs={"reason": values["reason"], "verdicts": values["verdicts"]})  # fmt: skip

    def _decide(self, principal: Principal, payout_id: str, verb: Verb, act: Any, reason: str) -> views.Payout:
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, verb, now)
            return _view(cx, act(cx, row, reason=reason, now=now, actor=Actor.of(person, person.via)))


def _bill(snapshot: Snapshot, client_id: str, source_bill_id: str) -> dict[str, Any]:
    bill = snapshot.bill(client_id, source_bill_id)
    if bill is None:
        raise NotFound(f"Bill {source_bill_id} is not among the open bills; it may be paid or deleted")
    return bill


def _view(cx: sa.Connection, row: Row) -> views.Payout:
    return views.payout_from(row, len({s.person_id for s in signatures_of(cx, row)}))


def _line(row: Row) -> views.BatchLine:
    return views.BatchLine(
        row["source_bill_id"], row["payout_id"], row["outcome"], row["reason"], row["payload_sha256"],
        views.verdicts_from(row["verdicts"]),
    )  # fmt: skip


def _event(body: bytes) -> dict[str, Any]:
    told = json.loads(body)
    return {
        "at": datetime.fromisoformat(told["at"]), "who": told["actor"]["name"], "role": told["actor"]["role"],
        "what": told["action"], "from_state": told["from"], "to_state": told["to"], "inputs": told["inputs"],
    }  # fmt: skip
