"""Money and instants in the forms that the rails write."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

_PACIFIC = ZoneInfo("America/Los_Angeles")


def major(minor: int) -> float:
    """Major units for a JSON number. A cent division prints back as the exact two places, so no cent is lost."""
    return minor / 100


def iso_utc(at: int) -> str:
    """Unix seconds as Ramp writes them: `2026-10-02T15:04:05+00:00`."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def iso_day(day: date) -> str:
    """A day as Ramp writes it in an instant's place: midnight UTC."""
    return f"{day.isoformat()}T00:00:00+00:00"


@lru_cache(maxsize=4096)
def _pacific_offset(hour: int) -> tuple[int, str]:
    moment = datetime.fromtimestamp(hour * 3600, UTC).astimezone(_PACIFIC)
    seconds = int(moment.utcoffset().total_seconds())  # type: ignore[union-attr]
    return seconds, f"-{-seconds // 3600:02d}:00"


def iso_pacific(at: int) -> str:
    """Unix seconds as QBO writes them: `2026-10-02T08:15:10-07:00`."""
    seconds, suffix = _pacific_offset(at // 3600)
    return datetime.fromtimestamp(at + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + suffix
