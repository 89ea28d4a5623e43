"""Where Stripe answers, which version of it, and how far back it is re-read."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """The address and the windows; the client's own restricted key lives in the token store."""

    url: str = "http://127.0.0.1:8804"
    version: str = "2026-05-27.dahlia"  # One version for calls and webhooks; a later one renames fields.
    page_rows: int = 100  # Stripe's largest page.
    overlap: timedelta = timedelta(days=1)
    ledger_window: timedelta = timedelta(days=14)  # A ledger line turns available without any event.
    payout_window: timedelta = timedelta(days=14)  # A paid payout can still fail for five business days.
    events_look_back: timedelta = timedelta(days=25)  # Events go back 30 days; beyond 25 all is listed again.
    # One call per payout: the first load asks for the payouts that a bank line of today can still meet.
    payout_lines_look_back: timedelta = timedelta(days=92)
    timeout_seconds: tuple[float, float] = (3.05, 30.0)  # Connect, read.

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> StripeSettings:
        """Read ROWCOL_STRIPE_URL and ROWCOL_STRIPE_PAYOUT_LINES_DAYS."""
        env = os.environ if env is None else env
        return cls(
            url=(env.get("ROWCOL_STRIPE_URL") or "http://127.0.0.1:8804").rstrip("/"),
            payout_lines_look_back=timedelta(days=int(env.get("ROWCOL_STRIPE_PAYOUT_LINES_DAYS", "92"))),
        )
