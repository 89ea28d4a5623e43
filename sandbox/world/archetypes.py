"""Trades and their rhythm: who pays how, what goes out, how the year swings."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Archetype:
    """A trade. Shares are of monthly revenue, which stands in cents."""

    industry: str
    revenue: int
    payroll_share: float
    payroll_rhythm: str  # biweekly | semimonthly
    bill_vendors: int
    bills_share: float
    bill_kinds: tuple[str, ...]
    invoices_a_month: int  # sent from QBO; 0 for cash trades
    daily_sales: str | None  # descriptor of the processor that deposits the day's sales
    stripe: str | None  # charges | subscriptions
    stripe_charges: int
    payout_days: int
    ramp: bool
    card_a_month: int
    season: tuple[float, ...]
    lump: float  # spread of invoice sizes
    mode: str
    volatility: float = 0.15


_FLAT = (1.0,) * 12
_SUMMER = (0.85, 0.85, 0.95, 1.0, 1.1, 1.2, 1.2, 1.15, 1.05, 0.95, 0.9, 0.85)
_GIFT = (0.8, 0.8, 0.9, 0.95, 1.0, 0.95, 0.9, 0.95, 1.0, 1.1, 1.4, 1.5)
_NEWYEAR = (1.35, 1.2, 1.1, 1.0, 0.95, 0.9, 0.85, 0.9, 1.0, 0.95, 0.9, 0.9)
_GIVING = (0.7, 0.7, 0.8, 0.9, 0.9, 1.0, 0.8, 0.8, 1.0, 1.1, 1.5, 2.0)
ARCHETYPES = (
    Archetype("Creative agency", 21_000_000, 0.42, "semimonthly", 18, 0.26, ("service", "software"), 14, None, None, 0,
              2, True, 34, _FLAT, 0.5, "Active"),
    Archetype("Restaurant group", 34_000_000, 0.34, "biweekly", 26, 0.38, ("supply", "service"), 2, "TOAST DEP", None,
              0, 2, True, 30, _SUMMER, 0.4, "Active"),
    Archetype("SaaS", 26_000_000, 0.46, "semimonthly", 16, 0.2, ("software", "service"), 4, None, "subscriptions", 90,
              2, True, 40, _FLAT, 0.3, "Managed"),
    Archetype("Contractor", 38_000_000, 0.24, "biweekly", 24, 0.46, ("material", "service"), 7, None, None, 0, 2, True,
              32, _SUMMER, 0.9, "Active"),
    Archetype("Medical practice", 24_000_000, 0.44, "biweekly", 16, 0.24, ("supply", "service"), 0, "HCCLAIMPMT", None,
              0, 2, True, 20, _FLAT, 0.4, "Managed"),
    Archetype("E-commerce shop", 19_000_000, 0.16, "semimonthly", 18, 0.5, ("supply", "software"), 2, None, "charges",
              110, 3, True, 30, _GIFT, 0.4, "Active"),
    Archetype("Dental practice", 17_000_000, 0.43, "biweekly", 14, 0.24, ("supply", "service"), 0, "DENTALCLAIM",
              "charges", 40, 5, True, 18, _FLAT, 0.4, "Silent"),
    Archetype("Law firm", 27_000_000, 0.45, "semimonthly", 15, 0.2, ("service", "software"), 13, None, "subscriptions",
              26, 7, True, 26, _FLAT, 0.7, "Managed"),
    Archetype("Wholesaler", 46_000_000, 0.15, "biweekly", 26, 0.62, ("supply", "material"), 26, None, None, 0, 2, True,
              24, _GIFT, 0.5, "Active"),
    Archetype("Brewery and cafe", 15_000_000, 0.33, "biweekly", 20, 0.36, ("supply", "material"), 6, "SQUARE INC",
              "charges", 45, 2, True, 26, _SUMMER, 0.4, "Managed"),
    Archetype("Nonprofit", 13_000_000, 0.44, "semimonthly", 13, 0.26, ("service", "software"), 5, None, "charges", 50,
              7, False, 0, _GIVING, 0.8, "Silent"),
    Archetype("Fitness studio", 11_000_000, 0.36, "biweekly", 13, 0.26, ("service", "material"), 0, None,
              "subscriptions", 120, 4, True, 20, _NEWYEAR, 0.3, "Managed"),
)  # fmt: skip


def archetype_of(position: int) -> Archetype:
    """Trades repeat in order."""
    return ARCHETYPES[position % len(ARCHETYPES)]


def standing_of(position: int) -> str:
    """healthy, watch or risk: in every dozen two are at risk and two to watch."""
    return {3: "risk", 9: "risk", 5: "watch", 10: "watch"}.get(position % 12, "healthy")
