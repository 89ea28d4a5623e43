"""The rules of a client, as data. Each value is a row with a history in the store; these are the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from execution.domain.bands import BandLimits


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of a client. Money in minor units; ages in minutes or hours as named."""

    bands: BandLimits = field(default_factory=BandLimits)
    automatic_payouts: bool = False  # Below the first edge people still sign unless the firm says otherwise.
    balance_age_minutes_max: int = 15  # Older, and somebody else may have spent it.
    snapshot_age_hours_max: int = 36  # One nightly build missed is normal, two are not.
    runway_days_minimum: float = 14.0  # Below it a payment is shown as a warning.
    day_limit_minor: int = 25_000_000
    vendor_day_limit_minor: int = 10_000_000
    client_week_limit_minor: int = 75_000_000
    lead_business_days: int = 2  # ACH needs two; it is also the quiet window before money can move.
    duplicate_window_days: int = 90
    payee_change_days: int = 5  # How long a changed account waits, call-back or not.
    new_vendor_days: int = 30  # A vendor is new until a payment to it is older than this.
    propose_horizon_days: int = 14
    clock_skew_seconds_max: int = 5
    sha256: str = ""

    @classmethod
    def from_body(cls, body: Mapping[str, Any], sha256: str = "") -> Policy:
        """From a stored policy. Unknown names are left alone; they belong to other parts."""
        bands = BandLimits(**{f.name: int(body[f.name]) for f in fields(BandLimits) if body.get(f.name) is not None})
        own = {
            f.name: body[f.name]
            for f in fields(cls)
            if f.name not in {"bands", "sha256"} and body.get(f.name) is not None
        }
        return cls(bands=bands, sha256=sha256, **own)
