"""Every rule that a client's policy may set: its default, its bounds, and what it decides.

One table, read by the checks, by the forms and by the reference page, so that none of them can disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MONEY_MAX = 1_000_000_000_000  # Ten billion in major units: above it somebody mistyped.


@dataclass(frozen=True, slots=True)
class PolicyField:
    """One rule. `unit`: minor (money), minutes, hours, days, banking days, seconds, payouts, score, times, % or yes/no.

    `guard` names the file in `execution/guards` that reads it ("" where another part does).
    """

    name: str
    default: int | bool
    low: int
    high: int
    unit: str
    guard: str
    meaning: str

    @property
    def bounds(self) -> str:
        """What may be set, in words."""
        return "yes or no" if isinstance(self.default, bool) else f"a whole number from {self.low:,} to {self.high:,}"


def _money(name: str, default: int, guard: str, meaning: str) -> PolicyField:
    return PolicyField(name, default, 0, MONEY_MAX, "minor", guard, meaning)


FIELDS: tuple[PolicyField, ...] = (
    _money("automatic_up_to_minor", 100_000, "signers", "up to and with this sum no person need sign, where allowed"),
    _money("review_from_minor", 500_000, "signers", "from this sum: fresh sign-in and a written reason"),
    _money("two_people_from_minor", 1_000_000, "signers", "from this sum: two people, one an advisor or firm admin"),
    PolicyField("automatic_payouts", False, 0, 1, "yes or no", "signers", "whether small sums may go without a person"),
    PolicyField("unusual_amount_times", 5, 2, 100, "times", "velocity",
                "how many usual deviations above the vendor's median an amount is called unusual"),
    PolicyField("unusual_amount_two_people", False, 0, 1, "yes or no", "signers",
                "whether an unusual amount asks for two people"),
    _money("releaser_differs_from_minor", 500_000, "", "from this sum somebody other than an approver releases"),
    _money("buffer_minor", 0, "spendable_cash", "cash that payments must leave on the account"),
    PolicyField("runway_days_minimum", 14, 0, 3650, "days", "runway", "below it the payment is shown as a warning"),
    PolicyField("runway_days_floor", 0, 0, 3650, "days", "runway", "below it the payment is refused; 0 never refuses"),
    PolicyField("stale_balance_pct", 2, 0, 100, "%", "spendable_cash",
                "share of an old balance that is not counted, per started day; a day's net burn where that is more"),
    PolicyField("balance_age_minutes_max", 15, 1, 60, "minutes", "balance_fresh", "age of a balance that pays"),
    PolicyField("snapshot_age_hours_max", 36, 1, 168, "hours", "snapshot_age", "age of the figures people decide on"),
    PolicyField("readiness_minimum", 70, 0, 100, "score", "readiness", "data quality needed to decide on a payment"),
    _money("day_limit_minor", 25_000_000, "limits", "sum that leaves the client in a day"),
    _money("client_week_limit_minor", 75_000_000, "limits", "sum that leaves the client in seven days"),
    _money("vendor_day_limit_minor", 10_000_000, "limits", "sum to one vendor in a day"),
    _money("vendor_week_limit_minor", 20_000_000, "limits", "sum to one vendor in seven days"),
    _money("approver_day_limit_minor", 25_000_000, "limits", "sum that one person signs for the client in a day"),
    PolicyField("vendor_payouts_hour_max", 10, 1, 10_000, "payouts", "velocity", "payouts to one vendor in an hour"),
    PolicyField("vendor_payouts_day_max", 20, 1, 10_000, "payouts", "velocity", "payouts to one vendor in 24 hours"),
    PolicyField("client_payouts_hour_max", 300, 1, 100_000, "payouts", "velocity", "the client's payouts in an hour"),
    PolicyField("client_payouts_day_max", 1_000, 1, 100_000, "payouts", "velocity", "the client's payouts in a day"),
    PolicyField("duplicate_window_days", 90, 7, 400, "days", "duplicate", "how far back twins are looked for"),
    PolicyField("duplicate_amount_days", 7, 0, 90, "days", "duplicate",
                "within it the same amount to the same vendor is shown, whatever its number"),
    PolicyField("payee_change_days", 5, 0, 90, "days", "payee", "how long a changed account waits, call-back or not"),
    PolicyField("new_vendor_days", 30, 0, 365, "days", "payee", "a vendor is new until a payment to it is older"),
    PolicyField("lead_business_days", 2, 2, 30, "banking days", "arrival_date",
                "how far ahead money arrives; two are the least, the sweep before payment needs them"),
    PolicyField("cut_off_minute", 1020, 0, 1440, "minutes", "arrival_date",
                "minute of New York's day from which today no longer counts (1020 = 5 pm)"),
    PolicyField("clock_skew_seconds_max", 5, 0, 60, "seconds", "clock_sane", "how far clocks may differ"),
    PolicyField("propose_horizon_days", 7, 0, 90, "days", "", "how far ahead the intake agent proposes bills"),
)  # fmt: skip
BY_NAME: Mapping[str, PolicyField] = {one.name: one for one in FIELDS}
DEFAULTS: Mapping[str, int | bool] = {one.name: one.default for one in FIELDS}
# Once rules of a policy, still in stored versions; nothing reads them.
RETIRED = frozenset({"freshness_hours_max"})


def problems(body: Mapping[str, Any]) -> list[str]:
    """What is wrong with a whole policy, each as a sentence that names the field and its bounds; empty when sound."""
    found = [f"policy: there is no rule {name!r}; the rules are {', '.join(BY_NAME)}" for name in body.keys() - BY_NAME]
    for one in FIELDS:
        value = body.get(one.name, one.default)
        is_kind = type(value) is type(one.default)
        if not is_kind or not one.low <= value <= one.high:
            found.append(f"{one.name}: {value!r} must be {one.bounds} ({one.unit}: {one.meaning})")
    if not found:
        whole = {**DEFAULTS, **body}
        for lower, upper in _RISING:
            if whole[lower] > whole[upper]:
                found.append(f"{lower}: {whole[lower]:,} is above {upper} ({whole[upper]:,}); it must not be")
    return found


_RISING = (
    ("automatic_up_to_minor", "review_from_minor"),
    ("review_from_minor", "two_people_from_minor"),
    ("runway_days_floor", "runway_days_minimum"),
    ("vendor_payouts_hour_max", "vendor_payouts_day_max"),
    ("client_payouts_hour_max", "client_payouts_day_max"),
    ("duplicate_amount_days", "duplicate_window_days"),
)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(rule, value before, value after) of each rule that changes, in the table's order."""
    pairs = [(one.name, before.get(one.name, one.default), after.get(one.name, one.default)) for one in FIELDS]
    return [(name, old, new) for name, old, new in pairs if old != new]
