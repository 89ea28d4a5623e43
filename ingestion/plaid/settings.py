"""Where Plaid answers and the product's own key. The default address is the sandbox's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlaidSettings:
    """One client id serves every firm; the tenant boundary is each item's access token."""

    url: str = "http://127.0.0.1:8803"
    client_id: str = ""
    secret: str = ""
    page_rows: int = 500  # Plaid's largest page; larger pages make a restart of the loop rarer.
    restarts: int = 3  # How often a sync loop may start over because data changed under it.
    timeout_seconds: tuple[float, float] = (3.05, 60.0)  # Connect, read. The SDK itself would wait for ever.

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> PlaidSettings:
        """Read ROWCOL_PLAID_URL, _CLIENT_ID and _SECRET."""
        env = os.environ if env is None else env
        return cls(
            url=(env.get("ROWCOL_PLAID_URL") or "http://127.0.0.1:8803").rstrip("/"),
            client_id=env.get("ROWCOL_PLAID_CLIENT_ID", ""),
            secret=env.get("ROWCOL_PLAID_SECRET") or env.get("ROWCOL_PLAID_CLIENT_SECRET", ""),
        )
