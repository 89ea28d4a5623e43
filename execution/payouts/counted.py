"""What a client's other payouts have used of the limits, summed in the database: a busy client has thousands."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from execution.domain.facts import LimitFacts
from execution.domain.payload import Payload
from execution.payouts.rows import Row, today_of
from execution.store import among
from execution.store import tables as t

# Payouts whose money is promised or gone; they count against limits and bands.
COUNTED = ("approved", "reserved", "sending", "unconfirmed", "handed_off", "at_rail", "in_flight", "rail_paid",
           "mismatched", "settled")  # fmt: skip
WEEK = timedelta(days=7)

_P = t.payout.c
_IS_TODAY = sa.and_(_P.updated_at >= sa.bindparam("day_from"), _P.updated_at < sa.bindparam("day_to"))
_IS_VENDOR = _P.vendor_id_ramp == sa.bindparam("vendor_id")
_YOUNG = (
    _P.advisor_id == sa.bindparam("advisor_id"),
    _P.client_id == sa.bindparam("client_id"),
    _P.created_at > sa.bindparam("since"),
    among(_P.state, COUNTED),
)


def _sum(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(sa.func.sum(sa.case((sa.and_(sa.true(), *conditions), _P.amount_minor), else_=0)), 0)


_FOR_ONE: sa.Select[Any] = sa.select(_sum(_IS_TODAY), _sum(_IS_VENDOR, _IS_TODAY), _sum(_IS_VENDOR), _sum()).where(
    *_YOUNG, _P.payout_id != sa.bindparam("payout_id")
)
_BY_VENDOR = sa.select(_P.vendor_id_ramp, _sum(), _sum(_IS_TODAY)).where(*_YOUNG).group_by(_P.vendor_id_ramp)


def day_of(client: Row, now: datetime) -> tuple[datetime, datetime]:
    """The client's own day: from one midnight to before the next, which twice a year is not 24 hours on."""
    start = datetime.combine(today_of(client, now), time(), ZoneInfo(client["time_zone"]))
    return start.astimezone(UTC), (start + timedelta(days=1)).astimezone(UTC)


def _window(client: Row, now: datetime) -> dict[str, Any]:
    day_from, day_to = day_of(client, now)
    return {
        "advisor_id": client["advisor_id"],
        "client_id": client["client_id"],
        "since": now - WEEK,
        "day_from": day_from,
        "day_to": day_to,
    }


def used_beside(cx: sa.Connection, client: Row, now: datetime, payload: Payload) -> LimitFacts:
    """What the client's other payouts used, for one payment that will be judged: one statement, one row."""
    values = {**_window(client, now), "vendor_id": payload.vendor_id_ramp, "payout_id": payload.payout_id}
    found: Any = cx.execute(_FOR_ONE, values).one()
    day, vendor_day, vendor_week, week = found
    return LimitFacts(int(day), int(vendor_day), int(vendor_week), int(week))


class UsedByVendor:
    """The same for many bills of a client at once: read once, then each payment is told apart from the rest."""

    def __init__(self, cx: sa.Connection, client: Row, now: datetime) -> None:
        self._client, self._now = client, now
        read: list[Any] = list(cx.execute(_BY_VENDOR, _window(client, now)))
        self._used = {str(vendor): (int(week), int(day)) for vendor, week, day in read}

    def beside(self, payload: Payload, own: Row | None) -> LimitFacts:
        """What the others used; `own` is the payment's own row, when it has one."""
        week, day = sum(used[0] for used in self._used.values()), sum(used[1] for used in self._used.values())
        vendor_week, vendor_day = self._used.get(payload.vendor_id_ramp, (0, 0))
        is_own = own is not None and own["payout_id"] == payload.payout_id
        if own is not None and is_own and own["state"] in COUNTED and own["created_at"] > self._now - WEEK:
            amount = int(own["amount_minor"])
            today = amount if today_of(self._client, own["updated_at"]) == today_of(self._client, self._now) else 0
            week, day = week - amount, day - today
            if own["vendor_id_ramp"] == payload.vendor_id_ramp:
                vendor_week, vendor_day = vendor_week - amount, vendor_day - today
        return LimitFacts(day, vendor_day, vendor_week, week)
