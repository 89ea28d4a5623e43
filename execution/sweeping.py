"""Before each payment date: are there two bills under one reference? The later is archived, the client frozen.

An effect can land after the quiet window, when the payment was sent again already. No rule of the sender can exclude
that; arrival at least two banking days ahead leaves the time in which this sweep finds it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from execution.context import Context
from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, is_rehearsal
from execution.domain.resolving import Step, mismatched
from execution.domain.states import State, may_follow
from execution.domain.twins import Twins, sort_out
from execution.failpoints import reach
from execution.payouts import sending
from execution.payouts.rows import Row, client_row, lock_payout, today_of

HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)
NEAR = timedelta(days=1)
SWEPT = frozenset({State.HANDED_OFF, State.AT_RAIL, State.IN_FLIGHT, State.MISMATCHED})


class Sweep:
    """Looks for twins of what stands at Ramp. When it looked last is kept in memory: a new process looks at once."""

    def __init__(self, context: Context) -> None:
        self._c = context
        self._next: dict[str, datetime] = {}

    def look(self, row: Row) -> Row | None:
        """One look for a second bill or draft of a payout; archives what may be archived."""
        c, now = self._c, self._c.clock.now()
        if row["state"] not in SWEPT or is_rehearsal(row["rail_draft_id"]):
            return None
        if now < self._next.get(row["payout_id"], now):
            return None
        sender = c.rails_for(row).sender
        reach("search-before")
        twins = sort_out(sender.search(Payload.from_row(row)).ours)
        reach("search-after")
        self._next[row["payout_id"]] = now + self._pause(row, now)
        if twins is None:
            return None
        after = self._intend(row, twins, now)
        if after is None:
            return None
        for call, record in enumerate(twins.archive, start=after["calls"]):
            reach("archive-before")
            why = sender.archive(record.record_id)
            reach("archive-after")
            after = {**self._record(after, call, record, why), "calls": after["calls"]}
        return after if after["version"] != row["version"] else None

    def _pause(self, row: Row, now: datetime) -> timedelta:
        """Hourly where two sends went out or the payment date is near, daily otherwise."""
        with self._c.store.read() as cx:
            today = today_of(client_row(cx, row["advisor_id"], row["client_id"]), now)
        leaves = row["payment_date"] or row["arrival_date"]
        is_near = leaves - today <= NEAR
        return HOURLY if row["attempt"] > 1 or is_near or row["state"] == State.MISMATCHED else DAILY

    def _intend(self, row: Row, twins: Twins, now: datetime) -> dict[str, Any] | None:
        """Freeze the client, say what stands there, and write down each request before it goes out."""
        c = self._c
        with c.store.begin("twin") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return None
            after = sending.write(cx, locked, _steps(locked, twins), now)
            first = sending.next_call(cx, after)
            for call, record in enumerate(twins.archive, start=first):
                sending.intend_archive(cx, after, call, record.record_id, now)
        return {**after, "calls": first}

    def _record(self, row: Row, call: int, record: RailRecord, why: str | None) -> Row:
        c, now = self._c, self._c.clock.now()
        with c.store.begin("twin") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            sending.record_archive(cx, locked, call, why, now)
            reason = locked["state_reason"] if why is None else f"Archive bill {record.record_id} in Ramp: {why}"
            inputs = {"bill_id": record.record_id, "refused": why}
            action = "payout.twin_archived" if why is None else "payout.twin_stands"
            return sending.write(cx, locked, [Step(None, action, reason, {}, inputs)], now)


def _steps(row: Row, twins: Twins) -> list[Step]:
    """The payout's own record is the one that stays; the client is frozen the first time."""
    steps = []
    name = "rail_bill_id" if twins.keep.kind == "bill" else "rail_draft_id"
    others = [one.record_id for one in (*twins.archive, *twins.for_person)]
    inputs = {"keep": twins.keep.record_id, "others": others}
    if may_follow(State(row["state"]), State.MISMATCHED):
        steps.append(mismatched(twins.sentence, others[0]))
    elif row["state_reason"] != twins.sentence and State(row["state"]) is not State.MISMATCHED:
        steps.append(Step(None, "payout.twins_found", twins.sentence, {}, inputs, freezes=True))
    if row[name] != twins.keep.record_id and (name == "rail_bill_id") == bool(row["rail_bill_id"]):
        steps.append(Step(None, "payout.twins_found", twins.sentence, {name: twins.keep.record_id}, inputs))
    return steps
