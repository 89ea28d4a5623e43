"""From which instant until which a membership counts: days are those of the clients concerned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from execution.errors import Invalid


def span(
    from_date: date | None, to_date: date | None, zones: Iterable[str], now: datetime
) -> tuple[datetime, datetime | None]:
    """The instants of a first and a last day, both whole in every one of the zones (none: UTC).

    No first day means at once; no last day means without end. Raises Invalid for a day that is past: what somebody
    was allowed yesterday is history, and history is not written anew.
    """
    places = [ZoneInfo(name) for name in sorted(set(zones))] or [ZoneInfo("UTC")]
    today = min(now.astimezone(place).date() for place in places)
    begins = now
    if from_date is not None:
        if from_date < today:
            raise Invalid(f"from_date: {from_date} is past, a membership begins on {today} at the earliest")
        begins = max(now, min(_midnight(from_date, place) for place in places))
    if to_date is None:
        return begins, None
    if to_date < (from_date or today):
        raise Invalid(f"to_date: {to_date} is before {from_date or today}; give the last day of work, it counts whole")
    return begins, max(_midnight(to_date + timedelta(days=1), place) for place in places)


def _midnight(day: date, place: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, place)
