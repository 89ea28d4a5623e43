"""What is at Ramp, or may be: looked for when a reply stayed out, read again until the bank shows it.

What the bank shows is `verification.py`'s.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from execution.context import Context
from execution.domain.payload import Payload
from execution.domain.rail import RailRecord, is_rehearsal
from execution.domain.resolving import BACK_OFF
from execution.domain.states import State
from execution.failpoints import reach
from execution.payouts import sending
from execution.payouts.rows import Row, client_row, lock_payout, policy_of, today_of

log = logging.getLogger("execution.following")
_OFTEN, _SELDOM = timedelta(minutes=1), timedelta(minutes=10)
LOOK_AGAIN = {
    State.HANDED_OFF: _OFTEN, State.AT_RAIL: _OFTEN, State.IN_FLIGHT: _SELDOM, State.RAIL_PAID: _SELDOM,
    State.MISMATCHED: _SELDOM, State.SETTLED: timedelta(hours=6),
}  # fmt: skip


class Following:
    """Steps of payouts that left, or may have."""

    def __init__(self, context: Context) -> None:
        self._c = context

    def look_for(self, row: Row) -> Row | None:
        """One complete look through Ramp for a payout whose outcome is unknown."""
        c, now = self._c, self._c.clock.now()
        if not c.is_time(row):
            return None
        reach("search-before")
        rails = c.rails_for(row)
        search = rails.sender.search(Payload.from_row(row))
        skew = rails.skew_seconds(c.clock.now())
        reach("search-after")
        with c.store.begin("scan") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            # A look that began before another executor's step says nothing about what that step sent.
            if locked["state"] != State.UNCONFIRMED or locked["version"] != row["version"]:
                return None
            if search.ours:
                return sending.adopt(cx, locked, search.ours, now)
            if locked["next_at"] is not None and locked["next_at"] > now:
                c.next_look[row["payout_id"]] = locked["next_at"]
                return None
            rules = policy_of(cx, row["advisor_id"], row["client_id"], now).rules
            if skew is None or abs(skew) > rules.clock_skew_seconds_max:
                # By a clock that differs from Ramp's nobody can say how long it was quiet.
                c.next_look[row["payout_id"]] = now + BACK_OFF
                log.warning("payout %s: our clock and Ramp's differ, so this look does not count", row["payout_id"][:8])
                return None
            after = sending.clean_scan(cx, locked, now, automatic_up_to_minor=rules.bands.automatic_up_to_minor)
            c.next_look[row["payout_id"]] = after["next_at"]
            return after

    def follow(self, row: Row) -> Row | None:
        """Read what stands at Ramp, and take over what it says."""
        c, now = self._c, self._c.clock.now()
        if not c.is_time(row):
            return None
        c.next_look[row["payout_id"]] = now + LOOK_AGAIN[State(row["state"])]
        if is_rehearsal(row["rail_draft_id"]):
            return self._end_rehearsal(row)
        sender = c.rails_for(row).sender
        kind, record_id = ("bill", row["rail_bill_id"]) if row["rail_bill_id"] else ("draft", row["rail_draft_id"])
        seen = sender.read(RailRecord(kind, record_id, row["payout_id"], None, None, None, None))
        with c.store.read() as cx:
            if not sending.has_news(cx, row, seen):
                return None  # Nearly every look: it takes no turn at writing.
        with c.store.begin("status") as cx:
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            if locked["version"] != row["version"]:
                return None
            after = sending.follow(cx, locked, seen, now)
            return after if after["version"] != locked["version"] else None

    def _end_rehearsal(self, row: Row) -> Row | None:
        c, now = self._c, self._c.clock.now()
        with c.store.begin("status") as cx:
            client = client_row(cx, row["advisor_id"], row["client_id"])
            if today_of(client, now) <= row["arrival_date"]:
                return None
            locked = lock_payout(cx, row["advisor_id"], row["payout_id"])
            return sending.end_rehearsal(cx, locked, now) if locked["version"] == row["version"] else None
