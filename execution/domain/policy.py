"""The rules of a client, as data. Each value is a row with a history in the store; defaults stand in policy_fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from execution.domain.bands import BandLimits


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of a client. Money in minor units; ages, windows and counts as named. Meanings: policy_fields."""

    bands: BandLimits = field(default_factory=BandLimits)
    automatic_payouts: bool = False
    unusual_amount_times: int = 5
    unusual_amount_two_people: bool = False
    releaser_differs_from_minor: int = 500_000
    runway_days_minimum: int = 14
    runway_days_floor: int = 0
    stale_balance_pct: int = 2
    balance_age_minutes_max: int = 15
    snapshot_age_hours_max: int = 36
    day_limit_minor: int = 25_000_000
    client_week_limit_minor: int = 75_000_000
    vendor_day_limit_minor: int = 10_000_000
    vendor_week_limit_minor: int = 20_000_000
    approver_day_limit_minor: int = 25_000_000
    vendor_payouts_hour_max: int = 10
    vendor_payouts_day_max: int = 20
    client_payouts_hour_max: int = 300
    client_payouts_day_max: int = 1_000
    duplicate_window_days: int = 90
    duplicate_amount_days: int = 7
    payee_change_days: int = 5
    new_vendor_days: int = 30
    lead_business_days: int = 2
    cut_off_minute: int = 1020
    clock_skew_seconds_max: int = 5
    propose_horizon_days: int = 7
    sha256: str = ""
    version: int = 0

    @classmethod
    def from_body(cls, body: Mapping[str, Any], sha256: str = "", version: int = 0) -> Policy:
        """From a stored policy. Unknown names are left alone; they belong to other parts."""
        bands = BandLimits(**{f.name: int(body[f.name]) for f in fields(BandLimits) if body.get(f.name) is not None})
        own = {
            f.name: body[f.name]
            for f in fields(cls)
            if f.name not in {"bands", "sha256", "version"} and body.get(f.name) is not None
        }
        return cls(bands=bands, sha256=sha256, version=version, **own)
