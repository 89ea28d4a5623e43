"""How fresh a sign-in must be to sign a large payment."""

from __future__ import annotations

from datetime import datetime, timedelta

FRESH_FOR = timedelta(minutes=5)


def is_fresh(signed_in_at: datetime, now: datetime) -> bool:
    """Whether a sign-in is young enough; one dated in the future is not believed."""
    return timedelta(0) <= now - signed_in_at <= FRESH_FOR
