"""Payouts as people command them. Each function re-reads who the caller is, then is one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor
from execution.domain.verdict import Effect
from execution.errors import Conflict, NotFound
from execution.payouts import deciding, proposing, views
from execution.payouts.rows import INTAKE_AGENT, Row, client_row
from execution.payouts.surroundings import Surroundings
from execution.people.assignments import recheck
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service import nonces
from execution.service.bill_schedules import BillSchedules
from execution.service.declared import Inside, asks, open_to
from execution.service.desk import open_bill
from execution.service.payout_reading import Reading, verdict_on
from execution.service.payout_safety import Safety
from execution.service.schedules import Schedules, run_templates


class Payouts(Reading, BillSchedules, Schedules, Safety):
    """Propose, approve, release and follow payouts. Sending is the executor's, never ours."""

    @asks(Verb.SEE, "payout")
    def open_form(self, principal: Principal) -> str:
        """A key for the next act that this person does by a form: passed as `once`, it acts once, within 30 minutes."""
        now = self._clock.now()
        with self._store.begin() as cx:
            return nonces.issue(cx, recheck(cx, principal, Verb.SEE, now), now)

    @asks(Verb.PROPOSE, "payout")
    def propose(
        self, principal: Principal, client_id: str, source_bill_id: str, *,
        arrival_date: date | None = None, note: str = "", once: str | None = None,
    ) -> views.Payout:  # fmt: skip
        """Ask for a bill to be paid. Raises NotFound when it is not among the open bills.

        `once`, here and below: the key of a form or a request; the same act under it again answers what stands now.
        """
        now = self._clock.now()
        self._read_ahead(principal.advisor_id, client_id)
        try:
            with self._store.begin("propose") as cx, self._snapshot(principal.advisor_id) as snapshot:
                client = self._client(cx, principal, client_id, Verb.PROPOSE, now)
                around = Surroundings(cx, snapshot, client, now, few=True)
                asked = {"bill": source_bill_id, "arrival": arrival_date, "note": note}
                if self._repeats(cx, principal, once, "propose", **asked):
                    last = around.last_payout(source_bill_id)
                    if last is not None:
                        return self._shown(cx, [last])[0]
                row = proposing.propose(
                    around, open_bill(around, source_bill_id), actor=Actor.of(principal, principal.via),
                    preparer_id=principal.person_id, arrival_date=arrival_date, note_text=note,
                )  # fmt: skip
                return self._shown(cx, [row])[0]
        except sa.exc.IntegrityError as error:
            # The key that lets one live payout stand for a bill: somebody else was quicker by a moment.
            raise Conflict(
                f"Bill {source_bill_id} was proposed by a colleague this moment; look at it again"
            ) from error

    @open_to(Inside.PROCESS)
    def propose_due(self, advisor_id: str) -> Sequence[views.Payout]:
        """Templates propose what their days ask for; then the intake agent proposes the bills that fall due.

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
                    made += self._shown(cx, run_templates(Surroundings(cx, snapshot, client, now)))
                    # Read anew: what a template proposed stands for its bill now.
                    around = Surroundings(cx, snapshot, client, now)
                    made += self._shown(cx, [_proposed_by_agent(around, bill) for bill in _due(around)])
        return made

    @asks(Verb.APPROVE, "payout")
    def approve(
        self, principal: Principal, payout_id: str, *, payload_sha256: str, reason: str = "",
        seen_sha256: str | None = None, once: str | None = None,
    ) -> views.Payout:  # fmt: skip
        """Sign the payload, and the facts (`seen_sha256`), that were shown. Raises Refused with the verdicts."""
        now = self._clock.now()
        self._read_ahead(principal.advisor_id, payout_id=payout_id)
        with self._store.begin("approve") as cx, self._snapshot(principal.advisor_id) as snapshot:
            row, person = self._payout(cx, principal, payout_id, Verb.APPROVE, now)
            if not self._repeats(cx, person, once, "approve", payout=payout_id, payload=payload_sha256):
                row = self._sign(cx, snapshot, row, person, payload_sha256, reason, now, seen_sha256)
            return self._shown(cx, [row])[0]

    @asks(Verb.HOLD, "payout")
    def hold(self, principal: Principal, payout_id: str, reason: str, *, once: str | None = None) -> views.Payout:
        """Stop a payout that was not sent yet; its earmark is freed."""
        return self._decide(principal, payout_id, Verb.HOLD, deciding.hold, reason, once)

    @asks(Verb.REJECT, "payout")
    def reject(self, principal: Principal, payout_id: str, reason: str, *, once: str | None = None) -> views.Payout:
        """Say no to a proposal."""
        return self._decide(principal, payout_id, Verb.REJECT, deciding.reject, reason, once)

    @asks(Verb.CANCEL, "payout")
    def cancel(self, principal: Principal, payout_id: str, reason: str, *, once: str | None = None) -> views.Payout:
        """Withdraw a payout before it is sent, or end a rehearsal."""
        return self._decide(principal, payout_id, Verb.CANCEL, deciding.cancel, reason, once)

    @asks(Verb.RELEASE, "payout")
    def release(
        self, principal: Principal, payout_id: str, *, payload_sha256: str | None = None, once: str | None = None
    ) -> views.Payout:
        """Hand an approved payout to the executor; with `payload_sha256` only if it still is what was shown."""
        now = self._clock.now()
        with self._store.begin("release") as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.RELEASE, now)
            if not self._repeats(cx, person, once, "release", payout=payout_id):
                if payload_sha256 is not None:
                    deciding.require_payload(cx, row, payload_sha256)
                row = deciding.release(cx, row, person, now=now, actor=Actor.of(person, person.via))
            return self._shown(cx, [row])[0]

    def _decide(
        self, principal: Principal, payout_id: str, verb: Verb, act: Any, reason: str, once: str | None
    ) -> views.Payout:
        now = self._clock.now()
        with self._store.begin(str(verb)) as cx:
            row, person = self._payout(cx, principal, payout_id, verb, now)
            if not self._repeats(cx, person, once, str(verb), payout=payout_id, reason=reason):
                row = act(cx, row, reason=reason, now=now, actor=Actor.of(person, person.via))
            return self._shown(cx, [row])[0]


def _due(around: Surroundings) -> Iterator[dict[str, Any]]:
    """Bills due within the policy's horizon that no payout stands for and no guard would stop."""
    until = around.today + timedelta(days=around.policy.rules.propose_horizon_days)
    for bill_id, bill in around.bills.items():
        is_due = bill["is_payable_here"] and bill["due_date"] is not None and bill["due_date"] <= until
        is_free = is_due and proposing.live_payout(around, bill_id) is None
        if is_free and verdict_on(around, bill_id, for_agent=True).outcome != Effect.BLOCKED:
            yield bill


def _proposed_by_agent(around: Surroundings, bill: dict[str, Any]) -> Row:
    return proposing.propose(around, bill, actor=INTAKE_AGENT, preparer_id=INTAKE_AGENT.person, note_text="due soon")
