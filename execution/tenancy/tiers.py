"""Feature tiers: what a firm sees. A tier hides conveniences; a safety check belongs to no tier."""

from __future__ import annotations

# Features that only the smart tier shows. Guards, holds, audit and freshness are deliberately not listable here.
SMART_ONLY = frozenset({"outlook_scenarios", "intake_agent", "bulk_approve", "benchmarks"})
TIERS = ("basic", "smart")


def shows(tier: str, feature: str) -> bool:
    """Whether a firm of this tier sees a feature; what is not listed is for everybody."""
    return tier == "smart" or feature not in SMART_ONLY
