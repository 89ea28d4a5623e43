"""Figures and states as a reader sees them: money, weeks, days, ages, and the field's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

SYMBOLS = {"USD": "$", "CAD": "CA$", "EUR": "€", "GBP": "£", "AUD": "A$"}
MINUS = "\u2212"
NO_FIGURE = "no figure"
LONG_DAYS = 26 * 7  # Beyond half a year a runway is a long one; its decimals say nothing.

RAILS = {"qbo": "Books", "ramp": "Bill pay", "plaid": "Bank", "stripe": "Stripe"}
RAIL_NAMES = {"qbo": "QBO", "ramp": "Ramp", "plaid": "Plaid", "stripe": "Stripe"}

RUNWAY_STATUS = {"on_track": "On track", "watch": "Watch", "at_risk": "At risk", "unknown": "Unknown"}
PREFLIGHT = {"ok": "Pre-flight OK", "needs_review": "Needs review", "unknown": "Pre-flight unknown"}
BUCKETS = {
    "current": "Not due",
    "1_30": "1 to 30 days",
    "31_60": "31 to 60 days",
    "61_90": "61 to 90 days",
    "over_90": "Over 90 days",
}
FLOWS = {
    "bills": "Bills",
    "receivables": "Receivables",
    "payroll": "Payroll",
    "recurring": "Recurring",
    "stripe_payouts": "Stripe payouts",
    "reserved_payouts": "Reserved payouts",
    "missing_bills": "Missing bills",
    "other": "Other",
}
HYGIENE_KINDS = {
    "missing_bill": "Missing bill",
    "unmatched_posting": "Unmatched bank line",
    "proposed_match": "Match to confirm",
    "duplicate_bill": "Duplicate bill",
    "duplicate_payment": "Duplicate payment",
    "expected_bill": "Bill that did not come",
    "tie_out": "Books that do not tie out",
    "unproven_record": "Unconfirmed record",
    "removed_record": "Removed record",
    "uncategorized": "Uncategorized",
    "vendor_link": "Name to confirm",
    "identity_conflict": "Records that contradict",
    "new_vendor": "New vendor",
    "stale_rail": "Stale rail",
    "failed_rail": "Failed rail",
    "absent_rail": "Missing rail",
}
QUALITY_PARTS = {
    "overall": "All of it",
    "proven": "Proven by another record",
    "categorized": "On an account that says something",
    "fresh": "From a rail with fresh data",
}
ROLES = {
    "bookkeeper": "Bookkeeper",
    "controller": "Controller",
    "advisor": "Advisor",
    "firm_admin": "Firm admin",
    "analyst": "Analyst",
    "auditor": "Auditor",
    "client_owner": "Client's owner",
    "intake": "Proposes due bills by itself",
    "executor": "The process that pays",
}
# Our processes as people call them; the audit log keeps the recorded name.
PROCESSES = {"intake agent": "Automatic intake", "executor": "Executor"}
# Words that banks print on lines of a known kind (the first is the standard one of health care payments).
DESCRIPTORS = {
    "HCCLAIMPMT": "Health claim payments",
    "DENTALCLAIM": "Dental claim payments",
    "LOAN": "Loan payment",
}
_SHOUTED = re.compile(r"\b[A-Z]{2,}(?: [A-Z]{2,})*\b")


def amount_format(codes: Iterable[str]) -> str:
    """How a column of amounts in whole units is written: dollars with their sign first, other currencies bare."""
    return "dollar" if set(codes) <= {"USD"} else "%,.2f"


def text(value: Any) -> str:
    """Any value as HTML text; None becomes nothing."""
    return "" if value is None else escape(str(value), quote=True)


def plain(code: Any, names: Mapping[str, str] | None = None) -> str:
    """A code in the field's words: from the given names, else with its underscores read as spaces."""
    if code is None:
        return ""
    known = (names or {}).get(str(code))
    return known if known else str(code).replace("_", " ").capitalize()


GUARDS = {
    "bill_open": "The bill is open and payable through Ramp",
    "same_bill": "The bill is paid once",
    "duplicate": "No other record looks like it",
    "in_flight_elsewhere": "Nobody else is paying it",
    "payee": "The payee is known and unchanged",
    "spendable_cash": "Cash stays above the buffer",
    "signers": "Enough people have signed",
    "separate_people": "Preparer and approver differ",
    "automation": "No agent pays an unknown payee",
    "limits": "Within the client's limits",
    "velocity": "Not faster or larger than usual",
    "runway": "The client can go on long enough",
    "client_mode": "The client is served this way",
    "rails_healthy": "The rails answer",
    "snapshot_age": "The figures are recent",
    "balance_fresh": "The bank balance is recent",
    "readiness": "The data is good enough",
    "arrival_date": "It arrives in time",
    "not_frozen": "Sending is not frozen",
    "payload_unchanged": "It is what was signed",
    "executor_running": "The executor is running",
    "clock_sane": "The clock can be believed",
}
_ISO_DAY = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b(?!T)")


def dated(words: str | None) -> str:
    """Text with its ISO days written as the screen writes days."""
    return _ISO_DAY.sub(lambda found: day(date.fromisoformat(found.group())), words or "")


def calm(words: str | None) -> str:
    """A bank's shouted text as a name: OWNER DRAW reads Owner draw. Short words, LLC or DES, and ids stay."""

    def quiet(shout: re.Match[str]) -> str:
        said = shout.group()
        if said in DESCRIPTORS:
            return DESCRIPTORS[said]
        return said.capitalize() if max(map(len, said.split())) >= 4 else said

    return _SHOUTED.sub(quiet, words or "")


def process(name: str | None) -> str:
    """Who acted, with our own processes by the name that people know."""
    return PROCESSES.get(name or "", name or "System")


def _symbol(currency_code: str | None) -> str:
    code = (currency_code or "USD").upper()
    return SYMBOLS.get(code, f"{code} ")


def money(minor: int | None, currency_code: str | None = "USD", *, cents: bool = False) -> str:
    """Minor units as money: whole units in tables, cents where a payment is decided."""
    if minor is None:
        return NO_FIGURE
    sign = MINUS if minor < 0 else ""
    whole, rest = divmod(abs(int(minor)), 100)
    if cents:
        return f"{sign}{_symbol(currency_code)}{whole:,}.{rest:02d}"
    return f"{sign}{_symbol(currency_code)}{whole + (1 if rest >= 50 else 0):,}"


def money_short(minor: int | None, currency_code: str | None = "USD") -> str:
    """Minor units on a card or an axis: $84.9M, $372K, $940."""
    if minor is None:
        return NO_FIGURE
    sign, amount = (MINUS if minor < 0 else ""), abs(int(minor)) // 100
    symbol = _symbol(currency_code)
    if amount >= 999_500:
        return f"{sign}{symbol}{amount / 1_000_000:,.1f}M"
    if amount >= 10_000:
        return f"{sign}{symbol}{round(amount / 1000):,}K"
    return f"{sign}{symbol}{amount:,}"


def signed(minor: int | None, currency_code: str | None = "USD") -> str:
    """Money that shows its direction: +$120 or −$120."""
    if minor is None:
        return NO_FIGURE
    return ("+" if minor > 0 else "") + money(minor, currency_code)


def weeks(days: float | None, runway_status: str | None = None) -> str:
    """A span of days as weeks with one decimal and its unit; in words where no end is in sight."""
    if days is None:
        return "Unknown" if runway_status == "unknown" else "Not burning cash"
    return f"{days / 7:.1f} wk" if days < LONG_DAYS else f"Over {LONG_DAYS // 7} wk"


def runway_range(low_days: float | None, high_days: float | None) -> str:
    """The range of a runway in weeks, eight of ten cases; nothing where cash lasts even in the worse case."""
    if low_days is None:
        return ""
    if low_days >= LONG_DAYS:
        return f"likely {weeks(low_days).lower()}"
    if high_days is None or high_days >= LONG_DAYS:
        return f"likely {low_days / 7:.1f} wk or more"
    return f"likely {low_days / 7:.1f} to {high_days / 7:.1f} wk"


def day(value: date | None, *, year: bool = False) -> str:
    """A day as 'Tue 24 Nov', with the year only where a document needs it."""
    if value is None:
        return "no date"
    return f"{value:%a} {value.day} {value:%b}" + (f" {value:%Y}" if year else "")


def moment(value: datetime | None, zone: str = "UTC") -> str:
    """An instant as 'Tue 24 Nov, 08:30 UTC' in the zone given."""
    if value is None:
        return "never"
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local.date())}, {local:%H:%M} {local.tzname() or zone}"


def age(hours: float | None) -> str:
    """How long ago, in the largest whole unit that still says something."""
    if hours is None:
        return "never"
    if hours < 1:
        return "just now"
    if hours < 48:
        return f"{int(hours)} h ago"
    return f"{int(hours // 24)} days ago"


def count(number: int, one: str, many: str | None = None) -> str:
    """'1 bill', '2 bills': a number with its noun."""
    return f"{number:,} {one if number == 1 else (many or one + 's')}"


def capital(words: str) -> str:
    """Words as a line begins with them; the rest stays as it is."""
    return words[:1].upper() + words[1:]


def sentence(words: str | None) -> str:
    """Text that ends as a sentence does, once."""
    words = (words or "").strip()
    return words if not words or words[-1] in ".!?" else words + "."


def share(score: float | None) -> str:
    """A probability as a person reads it: 97.1%. Nothing where there is none."""
    return "" if score is None else f"{score:.1%}"


def chance(probability: float) -> str:
    """A chance of something to come as people say it: nil, under 1%, 38%, over 99%. No end of it is certain."""
    if probability < 0.001:
        return "nil"
    return "under 1%" if probability < 0.01 else "over 99%" if probability > 0.99 else f"{probability:.0%}"


def csv_cell(value: Any) -> str | int | float:
    """A value as a CSV cell: a number stays one, and no text is read as a formula by a spreadsheet."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    written = "" if value is None else str(value)
    return "'" + written if written[:1] in ("=", "+", "-", "@", "\t", "\r") else written
