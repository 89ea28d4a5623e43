"""Payouts by the calendar: releases planned for an instant, and templates that propose a vendor's bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from execution.audit import Actor, append
from execution.domain.recurrence import DayRule, Every, Roll
from execution.errors import Conflict, Invalid, NotFound
from execution.payouts import deciding, views
from execution.payouts.recurring import change, next_arrival, run_template
from execution.payouts.rows import Row, today_of
from execution.payouts.surroundings import Surroundings
from execution.payouts.transitions import amend
from execution.people.permissions import Verb
from execution.people.principal import Principal
from execution.service import nonces
from execution.service.declared import asks
from execution.service.desk import Desk
from execution.store import tables as t
from execution.tenancy.tiers import Feature, Gate

KEY = ("advisor_id", "client_id", "recurring_id")
RUNS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class RecurringRun:
    """What became of one day of arrival: proposed | blocked | no_bill | over_cap | missed | paused."""

    arrival_date: date
    outcome: str
    reason: str
    source_bill_id: str | None
    payout_id: str | None
    ran_at: datetime


@dataclass(frozen=True, slots=True)
class Recurring:
    """A template that proposes. `cap_minor` in minor units; `next_arrival_date` None once it has ended."""

    client_id: str
    recurring_id: str
    name: str
    vendor_id_qbo: str
    vendor_name: str
    invoice_prefix: str
    every: str
    day: int
    roll: str
    cap_minor: int
    currency_code: str
    start_date: date
    end_date: date | None
    state: str
    state_reason: str
    owner_id: str
    owner_name: str
    version: int
    next_arrival_date: date | None
    runs: list[RecurringRun]


class Schedules(Desk):
    """What the calendar does for people, each act written under the name of whoever asked for it."""

    @asks(Verb.RELEASE, "payout")
    def plan_release(
        self, principal: Principal, payout_id: str, *, at: datetime, once: str | None = None
    ) -> views.Payout:
        """Release an approved payout at an instant to come, in this person's name; every guard is asked again then.

        Raises Invalid for an instant that is past or after the approval has run out.
        """
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise Invalid("release_at: give an instant with its time zone, like 2026-11-25T14:00:00Z")
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.RELEASE, now)
            if self._repeats(cx, person, once, "plan_release", payout=payout_id, at=at):
                return self._shown(cx, [row])[0]
            if row["released_at"] is not None:
                raise Conflict(f"Payout {payout_id[:8]} was released already; hold it to stop it")
            after = deciding.release(cx, row, person, now=now, actor=Actor.of(person, person.via), at=at)
            return self._shown(cx, [after])[0]

    @asks(Verb.RELEASE, "payout")
    def unplan_release(self, principal: Principal, payout_id: str, *, once: str | None = None) -> views.Payout:
        """Take a planned release back; the payout waits for somebody to release it."""
        now = self._clock.now()
        with self._store.begin() as cx:
            row, person = self._payout(cx, principal, payout_id, Verb.RELEASE, now)
            if self._repeats(cx, person, once, "unplan_release", payout=payout_id):
                return self._shown(cx, [row])[0]
            if row["release_at"] is None:
                raise Conflict(f"No release of payout {payout_id[:8]} is planned; see its next step")
            after = amend(cx, row, actor=Actor.of(person, person.via), now=now, action="payout.release_unplanned",
                          inputs={"release_at": row["release_at"].isoformat()}, released_by=None,
                          release_at=None)  # fmt: skip
            return self._shown(cx, [after])[0]

    @asks(Verb.SEE, "recurring")
    def recurring(self, principal: Principal, client_id: str) -> Sequence[Recurring]:
        """The client's templates, those that run first, each with its latest days."""
        now = self._clock.now()
        with self._store.read() as cx:
            client, c = self._client(cx, principal, client_id, Verb.SEE, now), t.recurring.c
            query = sa.select(t.recurring).where(c.advisor_id == client["advisor_id"], c.client_id == client_id)
            rows = cx.execute(query.order_by(c.state, c.name, c.recurring_id)).mappings().all()
            return [_view(cx, dict(row), today_of(client, now)) for row in rows]

    @asks(Verb.SCHEDULE, "recurring", Gate(Feature.TEMPLATES))
    def add_recurring(
        self, principal: Principal, client_id: str, *, name: str, vendor_id_qbo: str, every: str, day: int, roll: str,
        cap_minor: int, invoice_prefix: str = "", start_date: date | None = None, end_date: date | None = None,
        once: str | None = None,
    ) -> Recurring:  # fmt: skip
        """A new template. Raises Invalid, naming the field; NotFound for a vendor that has no open or past bill."""
        now = self._clock.now()
        with self._store.begin() as cx, self._snapshot(principal.advisor_id) as snapshot:
            client = self._client(cx, principal, client_id, Verb.SCHEDULE, now)
            around = Surroundings(cx, snapshot, client, now)
            start = start_date or around.today
            recurring_id = nonces.id_under(principal, once)
            told = {"name": name, "vendor": vendor_id_qbo, "every": every, "day": day, "roll": roll, "cap": cap_minor,
                    "prefix": invoice_prefix, "start": start_date, "end": end_date}  # fmt: skip
            if self._repeats(cx, principal, once, "add_recurring", client=client_id, **told):
                return _view(cx, self._template(cx, client, recurring_id), around.today)
            _require_sense(name, every, day, roll, cap_minor, start, end_date, around.today)
            row: dict[str, Any] = {
                "advisor_id": client["advisor_id"], "client_id": client_id, "recurring_id": recurring_id,
                "name": name.strip(), "vendor_id_qbo": vendor_id_qbo, "vendor_name": _vendor(around, vendor_id_qbo),
                "invoice_prefix": invoice_prefix, "every": every, "day": day, "roll": roll, "cap_minor": cap_minor,
                "currency_code": client["currency_code"], "start_date": start, "end_date": end_date,
                "state": "active", "state_reason": "", "owner_id": principal.person_id,
                "owner_name": principal.name, "version": 1, "created_at": now, "updated_at": now,
            }  # fmt: skip
            cx.execute(sa.insert(t.recurring).values(**row))
            kept = {n: str(row[n]) for n in ("name", "vendor_id_qbo", "every", "day", "roll", "start_date", "end_date")}
            append(cx, advisor_id=row["advisor_id"], client_id=client_id, at=now,
                   actor=Actor.of(principal, principal.via), action="recurring.added", subject_kind="recurring",
                   subject_id=row["recurring_id"], to_state="active",
                   inputs={**kept, "cap_minor": cap_minor})  # fmt: skip
            return _view(cx, row, around.today)

    @asks(Verb.SCHEDULE, "recurring")
    def pause_recurring(self, principal: Principal, client_id: str, recurring_id: str, reason: str) -> Recurring:
        """Propose nothing until somebody resumes it; days that pass meanwhile are named."""
        return self._turn(principal, client_id, recurring_id, "paused", _why(reason, "pause"))

    @asks(Verb.SCHEDULE, "recurring", Gate(Feature.TEMPLATES))
    def resume_recurring(self, principal: Principal, client_id: str, recurring_id: str) -> Recurring:
        """Propose again; whoever resumes a template owns it from then on and approves none of its payouts."""
        return self._turn(principal, client_id, recurring_id, "active", "")

    @asks(Verb.SCHEDULE, "recurring")
    def end_recurring(self, principal: Principal, client_id: str, recurring_id: str, reason: str) -> Recurring:
        """Stop it for good; what it proposed stays as it is."""
        return self._turn(principal, client_id, recurring_id, "ended", _why(reason, "end"))

    def _turn(self, principal: Principal, client_id: str, recurring_id: str, to: str, reason: str) -> Recurring:
        now = self._clock.now()
        with self._store.begin() as cx:
            client = self._client(cx, principal, client_id, Verb.SCHEDULE, now)
            row = self._template(cx, client, recurring_id)
            if row["state"] == "ended":
                raise Conflict(f"The template {row['name']} has ended; make a new one")
            if row["state"] != to:
                owner = {"owner_id": principal.person_id, "owner_name": principal.name} if to == "active" else {}
                action = {"active": "recurring.resumed", "paused": "recurring.paused", "ended": "recurring.ended"}[to]
                actor = Actor.of(principal, principal.via)
                row = change(cx, row, actor, now, action, state=to, state_reason=reason, **owner)
            return _view(cx, row, today_of(client, now))

    def _template(self, cx: sa.Connection, client: Row, recurring_id: str) -> Row:
        c = t.recurring.c
        mine = (c.advisor_id == client["advisor_id"], c.client_id == client["client_id"])
        query = sa.select(t.recurring).where(*mine, c.recurring_id == recurring_id).with_for_update()
        found = cx.execute(query).mappings().first()
        if found is None:
            raise NotFound(f"There is no template {recurring_id[:8]} of client {client['client_id']}; see the list")
        return dict(found)


def run_templates(around: Surroundings) -> list[Row]:
    """Every template of a client whose time has come; answers the payouts that were proposed."""
    c = t.recurring.c
    mine = (c.advisor_id == around.client["advisor_id"], c.client_id == around.client_id, c.state != "ended")
    found = around.cx.execute(sa.select(t.recurring).where(*mine).order_by(c.created_at, c.recurring_id)).mappings()
    return [made for template in found.all() for made in run_template(around, dict(template))]


def _why(reason: str, verb: str) -> str:
    if not reason.strip():
        raise Invalid(f"reason: write why you {verb} the template; it is kept with it")
    return reason.strip()


def _require_sense(
    name: str, every: str, day: int, roll: str, cap_minor: int, start: date, end: date | None, today: date
) -> None:
    if not name.strip() or len(name) > 200:
        raise Invalid("name: give the template a name of at most 200 characters, for instance Rent of the warehouse")
    if every not in list(Every):
        raise Invalid(f"every: {every[:40]!r} is neither week nor month")
    if roll not in list(Roll):
        raise Invalid(f"roll: {roll[:40]!r} is neither before nor after; it says where a bank holiday moves the day")
    try:
        DayRule(Every(every), day, Roll(roll))
    except ValueError as error:
        raise Invalid(str(error)) from error
    if cap_minor <= 0:
        raise Invalid(f"cap_minor: {cap_minor} is not above zero; give the most that one bill may be, in cents")
    if start < today:
        raise Invalid(f"start_date: {start} is past; give today, {today}, or later")
    if end is not None and end < start:
        raise Invalid(f"end_date: {end} is before the start, {start}")


def _vendor(around: Surroundings, vendor_id_qbo: str) -> str:
    """The vendor's name, from a bill of theirs."""
    found = next((b["vendor_name"] for b in around.bills.values() if b["vendor_id_qbo"] == vendor_id_qbo), None)
    if found is None:
        raise NotFound(
            f"No open bill of vendor {vendor_id_qbo[:40]} is known; make the template when one is open, so that its "
            "name, account and currency are certain"
        )
    return str(found)


def _view(cx: sa.Connection, row: Row, today: date) -> Recurring:
    r = t.recurring_run
    mine = [r.c[name] == row[name] for name in KEY]
    runs = cx.execute(sa.select(r).where(*mine).order_by(r.c.arrival_date.desc()).limit(RUNS_SHOWN)).mappings()
    return Recurring(
        **{name: row[name] for name in Recurring.__slots__ if name in row},
        next_arrival_date=next_arrival(row, today),
        runs=[RecurringRun(**{name: run[name] for name in RecurringRun.__slots__}) for run in runs],
    )
