"""Looking at payouts: what the guards say of open bills, where each payout stands, what is set aside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from execution.domain.facts import Stage
from execution.domain.payload import Payload
from execution.domain.seen import sha256_of
from execution.domain.verdict import Effect, outcome_of, refuses
from execution.errors import Conflict, Invalid, NotFound, StaleData
from execution.payouts import custody, deciding, proposing, views
from execution.payouts.gather import seen_now
from execution.payouts.joint_acts import acts_of, may_be_paid_again
from execution.payouts.rows import Row, client_row, verdicts_of
from execution.payouts.surroundings import Surroundings
from execution.people.assignments import recheck
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service.declared import asks
from execution.service.desk import Desk
from execution.store import tables as t
from execution.store.apart import apart

# States in which a person may have the next step; of those that ended, where two people may pay again.
WAITS = ("proposed", "blocked", "approved", "unconfirmed", "mismatched")
CAME_BACK = ("returned", "declined", "cancelled")


class Reading(Desk):
    """Reads; nothing here writes."""

    @asks(Verb.SEE, "payout")
    def preview(
        self, principal: Principal, client_id: str, source_bill_ids: Sequence[str]
    ) -> Sequence[views.BillVerdict]:
        """What every guard says of some open bills."""
        now = self._clock.now()
        with self._store.read() as cx, self._snapshot(principal.advisor_id) as snapshot:
            around = Surroundings(cx, snapshot, self._client(cx, principal, client_id, Verb.SEE, now), now)
            return [verdict_on(around, bill_id) for bill_id in source_bill_ids]

    @asks(Verb.SEE, "payout")
    def list(
        self, principal: Principal, client_id: str | None = None, states: Sequence[str] | None = None
    ) -> Sequence[views.Payout]:
        """Payouts within the person's reach, newest first. One whose row cannot be read is named by its custody."""
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
            rows, _ = apart(cx, query.order_by(p.updated_at.desc(), p.payout_id))
            return self._shown(cx, rows)

    @asks(Verb.SEE, "payout")
    def waiting(self, principal: Principal, client_id: str | None = None) -> Sequence[views.Waiting]:
        """What waits for this person: every payout whose next step they may take, the most urgent first.

        A blocked payout waits for whoever proposes; what came back waits only until somebody proposed its bill anew.
        """
        p, now = t.payout.c, self._clock.now()
        with self._store.read() as cx:
            person = recheck(cx, principal, Verb.SEE, now)
            mine = [p.advisor_id == person.advisor_id]
            if person.client_ids is not None:
                mine.append(p.client_id.in_(sorted(person.client_ids)))
            if client_id is not None:
                mine.append(p.client_id == client_id)
            query = sa.select(t.payout).where(*mine, p.state.in_([*WAITS, *CAME_BACK]))
            rows, _ = apart(cx, query.order_by(p.updated_at, p.payout_id))
            rows = [row for row in rows if row["state"] in WAITS or _is_last_word(cx, row)]
            found = [
                views.Waiting(payout, str(step.act), step.what, step.due_at)
                for payout in self._shown(cx, rows)
                if (step := payout.next_step).waits_for(person.person_id, person.role)
            ]
        return sorted(found, key=lambda one: (one.due_at is None, one.due_at or now, one.payout.payout_id))

    @asks(Verb.SEE, "payout")
    def get(self, principal: Principal, payout_id: str) -> views.PayoutDetail:
        """A payout with its verdicts, approvals, timeline out of the audit log, custody and rail calls."""
        now = self._clock.now()
        with self._store.read() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.SEE, now)
            a, r = t.audit.c, t.rail_call.c
            events: Any = cx.execute(
                sa.select(a.body).where(a.chain_id == person.advisor_id, a.subject_id == payout_id).order_by(a.seq)
            ).scalars()
            links = custody.links_of(cx, row)
            calls = cx.execute(
                sa.select(r.attempt, r.seq, r.method, r.path, r.request_sha256, r.outcome, r.status, r.trace_id,
                          r.response_note, r.started_at, r.finished_at)
                .where(r.advisor_id == row["advisor_id"], r.client_id == row["client_id"], r.payout_id == payout_id)
                .order_by(r.attempt, r.seq)
            ).mappings()  # fmt: skip
            return views.PayoutDetail(
                payout=self._shown(cx, [row])[0],
                verdicts=views.verdicts_from(verdicts_of(cx, row)),
                approvals=deciding.approvals_of(cx, row),
                timeline=[_event(bytes(body)) for body in events],
                custody=custody.as_shown([*links.values()]),
                rail_calls=[dict(call) for call in calls],
                seen=(seen := self._seen(cx, row, now)),
                seen_sha256=sha256_of(seen),
                joint_acts=acts_of(cx, row),
            )

    def _seen(self, cx: sa.Connection, row: Row, now: datetime) -> dict[str, Any]:
        """What somebody who looks now sees of bill and payee; nothing without a snapshot or a client still served."""
        with ExitStack() as opened:
            try:
                snapshot = opened.enter_context(self._snapshot(row["advisor_id"]))
                client = client_row(cx, row["advisor_id"], row["client_id"])
            except (StaleData, NotFound):
                return {}
            around = Surroundings(cx, snapshot, client, now, few=True)
            return seen_now(around, Payload.from_row(row), row)

    @asks(Verb.SEE, "payout")
    def freezes(self, principal: Principal, client_id: str) -> Sequence[views.Freeze]:
        """What keeps the executor from sending for the client now, oldest first; nothing when it is not frozen."""
        f = t.client_freeze.c
        with self._store.read() as cx:
            client = self._client(cx, principal, client_id, Verb.SEE, self._clock.now())
            query = sa.select(f.reason, f.frozen_at, f.asked_by, f.asked_role, f.asked_at).where(
                f.advisor_id == client["advisor_id"], f.client_id == client_id, f.released_at.is_(None)
            )
            return [views.Freeze(**row) for row in cx.execute(query.order_by(f.frozen_at)).mappings()]

    @asks(Verb.SEE, "payout")
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


def _is_last_word(cx: sa.Connection, row: Row) -> bool:
    """Whether an ended payout still is the newest of its bill, and two people have not agreed on it yet."""
    p = t.payout.c
    newer = sa.select(p.payout_id).where(
        p.advisor_id == row["advisor_id"], p.client_id == row["client_id"],
        p.source_bill_id == row["source_bill_id"], p.generation > row["generation"],
    )  # fmt: skip
    return not may_be_paid_again(cx, row) and cx.execute(newer.limit(1)).first() is None


def verdict_on(around: Surroundings, source_bill_id: str, *, for_agent: bool | None = None) -> views.BillVerdict:
    """What the guards say of a bill that nobody proposed yet (or of the payout that stands for it).

    `for_agent`: whether an agent would propose it, where that is known.
    """
    bill = around.bills.get(source_bill_id)
    if bill is None:
        said = refuses("bill_open", "This bill is not among the open bills", "Load again; it may be paid or deleted")
        return views.BillVerdict(source_bill_id, str(Effect.BLOCKED), [said])
    try:
        live = proposing.live_payout(around, source_bill_id)
        payload = proposing.payload_for(
            around, bill,
            generation=live["generation"] if live else proposing.next_generation(around, source_bill_id),
            arrival_date=live["arrival_date"] if live else None,
        )  # fmt: skip
        verdicts, _ = proposing.judge(around, payload=payload, stage=Stage.PREVIEW, is_agent=for_agent)
    except (Invalid, Conflict) as error:
        said = refuses("bill_open", str(error), "Look at the bill and its earlier payouts")
        return views.BillVerdict(source_bill_id, str(Effect.BLOCKED), [said])
    return views.BillVerdict(source_bill_id, str(outcome_of(verdicts)), verdicts)


def _event(body: bytes) -> dict[str, Any]:
    told = json.loads(body)
    return {
        "at": datetime.fromisoformat(told["at"]), "who": told["actor"]["name"], "role": told["actor"]["role"],
        "what": told["action"], "from_state": told["from"], "to_state": told["to"], "inputs": told["inputs"],
    }  # fmt: skip
