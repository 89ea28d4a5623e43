"""From which day the banks count a payment: the cut-off in New York, the client's own day, and the later of the two."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from execution.domain.business_days import payment_day


@pytest.mark.parametrize(
    ("now", "today", "cut_off", "day"),
    [
        ("2026-11-24T21:59:59", "2026-11-24", 1020, "2026-11-24"),
        ("2026-11-24T22:00:00", "2026-11-24", 1020, "2026-11-25"),
        ("2026-11-25T04:59:00", "2026-11-24", 1440, "2026-11-24"),
        ("2026-11-25T05:00:00", "2026-11-24", 1440, "2026-11-25"),
        ("2026-11-24T05:00:00", "2026-11-24", 0, "2026-11-25"),
        ("2026-11-24T15:00:00", "2026-11-25", 1020, "2026-11-25"),
        ("2026-11-24T22:00:00", "2026-11-26", 1020, "2026-11-26"),
        ("2026-07-24T20:59:59", "2026-07-24", 1020, "2026-07-24"),
        ("2026-07-24T21:00:00", "2026-07-24", 1020, "2026-07-25"),
        ("2026-11-24T22:29:00", "2026-11-24", 1050, "2026-11-24"),
        ("2026-11-24T22:30:00", "2026-11-24", 1050, "2026-11-25"),
    ],
)
def test_the_cut_off_to_the_second(now: str, today: str, cut_off: int, day: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert payment_day(at, date.fromisoformat(today), cut_off) == date.fromisoformat(day)
