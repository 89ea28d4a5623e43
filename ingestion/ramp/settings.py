"""Where Ramp answers and how far back it is re-read. The default address is the sandbox's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RampSettings:
    """The address and the windows; the client's own key pair lives in the token store."""

    url: str = "http://127.0.0.1:8802"
    page_rows: int = 100  # Ramp's largest page.
    overlap: timedelta = timedelta(days=1)  # Created stamps may be a little older than their arrival.
    transaction_window: timedelta = timedelta(days=14)  # A card charge clears or falls away within this.
    transfer_window: timedelta = timedelta(days=14)  # A pay-down settles or is returned within this.
    paid_window: timedelta = timedelta(days=7)  # A payment can still fail, or gain its trace, this long.

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> RampSettings:
        """Read ROWCOL_RAMP_URL."""
        env = os.environ if env is None else env
        return cls(url=(env.get("ROWCOL_RAMP_URL") or "http://127.0.0.1:8802").rstrip("/"))


READ_SCOPES = (
    "bills:read vendors:read entities:read bank_accounts:read transactions:read transfers:read reimbursements:read"
)
"""The reader's scopes: none of them can write."""
