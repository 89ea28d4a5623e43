"""Where QBO answers and what we may ask of it. The default address is the sandbox's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class QboSettings:
    """Addresses and app credentials; the client's own tokens live in the token store."""

    api_url: str = "http://127.0.0.1:8801"
    token_url: str = "http://127.0.0.1:8801/oauth2/v1/tokens/bearer"
    client_id: str = ""
    client_secret: str = ""
    verifier_tokens: tuple[str, ...] = field(default=(), repr=False)  # Sign the app's webhooks; two in a rotation.
    minor_version: str = "75"  # QBO serves 75 whatever lower one is asked; higher ones may break.
    page_rows: int = 1000  # QBO's largest page.
    cdc_look_back: timedelta = timedelta(days=30)  # Beyond it a deletion can no longer be seen: read in full.
    cdc_full_at: int = 950  # An answer holds 1000 objects at most and does not page: near it, query instead.
    ledger_months: int = 24  # How far back QBO's own ledger is compared; each half year costs a metered call.
    ledger_span: int = 6  # Months in one report: longer spans are slow and may be cut.
    ledger_sweep: timedelta = timedelta(days=7)  # An edit may have moved a record out of an older month unseen.
    overlap: timedelta = timedelta(minutes=5)  # A change may be stamped just before the answer that lacks it.

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> QboSettings:
        """Read ROWCOL_QBO_URL, _TOKEN_URL, _CLIENT_ID, _CLIENT_SECRET and _VERIFIER_TOKEN (or two, by a comma)."""
        env = os.environ if env is None else env
        url = (env.get("ROWCOL_QBO_URL") or "http://127.0.0.1:8801").rstrip("/")
        return cls(
            api_url=url,
            token_url=env.get("ROWCOL_QBO_TOKEN_URL") or f"{url}/oauth2/v1/tokens/bearer",
            client_id=env.get("ROWCOL_QBO_CLIENT_ID", ""),
            client_secret=env.get("ROWCOL_QBO_CLIENT_SECRET", ""),
            verifier_tokens=tuple(
                filter(None, (t.strip() for t in env.get("ROWCOL_QBO_VERIFIER_TOKEN", "").split(",")))
            ),
        )
