"""Every rule's default and bounds, both edges; the two places that hold defaults agree."""

from __future__ import annotations

from dataclasses import fields

import pytest

from execution import guards
from execution.domain.bands import BandLimits
from execution.domain.policy import Policy
from execution.domain.policy_fields import BY_NAME, DEFAULTS, FIELDS, RETIRED, PolicyField, difference, problems

# default, lowest, highest; a reader sees here at a glance what a firm may set.
TABLE = """
automatic_up_to_minor 100000 0 1000000000000 minor signers
review_from_minor 500000 0 1000000000000 minor signers
two_people_from_minor 1000000 0 1000000000000 minor signers
automatic_payouts False 0 1 yes or no signers
unusual_amount_times 5 2 100 times velocity
unusual_amount_two_people False 0 1 yes or no signers
releaser_differs_from_minor 500000 0 1000000000000 minor -
buffer_minor 0 0 1000000000000 minor spendable_cash
runway_days_minimum 14 0 3650 days runway
runway_days_floor 0 0 3650 days runway
stale_balance_pct 2 0 100 % spendable_cash
balance_age_minutes_max 15 1 60 minutes balance_fresh
snapshot_age_hours_max 36 1 168 hours snapshot_age
readiness_minimum 70 0 100 score readiness
day_limit_minor 25000000 0 1000000000000 minor limits
client_week_limit_minor 75000000 0 1000000000000 minor limits
vendor_day_limit_minor 10000000 0 1000000000000 minor limits
vendor_week_limit_minor 20000000 0 1000000000000 minor limits
approver_day_limit_minor 25000000 0 1000000000000 minor limits
vendor_payouts_hour_max 10 1 10000 payouts velocity
vendor_payouts_day_max 20 1 10000 payouts velocity
client_payouts_hour_max 300 1 100000 payouts velocity
client_payouts_day_max 1000 1 100000 payouts velocity
duplicate_window_days 90 7 400 days duplicate
duplicate_amount_days 7 0 90 days duplicate
payee_change_days 5 0 90 days payee
new_vendor_days 30 0 365 days payee
lead_business_days 2 2 30 banking days arrival_date
cut_off_minute 1020 0 1440 minutes arrival_date
clock_skew_seconds_max 5 0 60 seconds clock_sane
propose_horizon_days 7 0 90 days -
"""
RISING = [
    ("automatic_up_to_minor", "review_from_minor"), ("review_from_minor", "two_people_from_minor"),
    ("runway_days_floor", "runway_days_minimum"), ("vendor_payouts_hour_max", "vendor_payouts_day_max"),
    ("client_payouts_hour_max", "client_payouts_day_max"), ("duplicate_amount_days", "duplicate_window_days"),
]  # fmt: skip


def test_the_table() -> None:
    said = [f"{f.name} {f.default} {f.low} {f.high} {f.unit} {f.guard or '-'}" for f in FIELDS]
    assert said == TABLE.strip().splitlines()
    assert frozenset({"freshness_hours_max"}) == RETIRED and {f.guard for f in FIELDS} <= {"", *guards.ALL}


def test_the_defaults_are_said_once_and_are_sound() -> None:
    body = {f.name: f.default for f in FIELDS}
    assert body == DEFAULTS and problems({}) == problems(body) == [] and set(BY_NAME) == set(body)
    assert Policy.from_body(body) == Policy() and Policy.from_body({}) == Policy()
    others = {"buffer_minor", "readiness_minimum"}  # Kept beside the rules, in columns of their own.
    mine = {f.name for f in fields(Policy)} | {f.name for f in fields(BandLimits)}
    assert mine - {"bands", "sha256", "version"} == set(BY_NAME) - others


def test_a_stored_policy_is_read_by_name() -> None:
    body = {"automatic_up_to_minor": 1, "review_from_minor": 2, "two_people_from_minor": 3, "runway_days_floor": 4,
            "buffer_minor": 5, "freshness_hours_max": {"qbo": 6}, "cut_off_minute": None}  # fmt: skip
    read = Policy.from_body(body, "sha", 7)
    assert read == Policy(bands=BandLimits(1, 2, 3), runway_days_floor=4, sha256="sha", version=7)
    assert Policy.from_body({"bands": 1, "sha256": "body's", "version": 9}, "sha", 7) == Policy(sha256="sha", version=7)


@pytest.mark.parametrize("one", FIELDS, ids=lambda one: one.name)
def test_both_edges_of_each_rule(one: PolicyField) -> None:
    def found(value: object) -> list[str]:
        return [said for said in problems({one.name: value}) if said.startswith(f"{one.name}: {value!r} must be ")]

    if isinstance(one.default, bool):
        assert not found(True) and not found(False) and found(0) and found(1)
        assert one.bounds == "yes or no"
    else:
        assert not found(one.low) and not found(one.high) and found(one.low - 1) and found(one.high + 1)
        assert found(True) and found("1") and found(1.0) and found(None)
        assert one.bounds == f"a whole number from {one.low:,} to {one.high:,}"
        assert f"({one.unit}: {one.meaning})" in found(one.high + 1)[0]


@pytest.mark.parametrize(("lower", "upper"), RISING)
def test_what_must_not_be_above_what(lower: str, upper: str) -> None:
    equal = BY_NAME[upper].default if BY_NAME[upper].default <= BY_NAME[lower].high else BY_NAME[lower].high
    assert not [line for line in problems({lower: equal, upper: equal}) if " is above " in line and lower in line]
    said = problems({upper: equal - 1, lower: equal})
    assert any(line.startswith(f"{lower}: ") and f" is above {upper} (" in line for line in said), said


def test_a_rule_nobody_knows_is_named() -> None:
    [said] = problems({"buffr": 1})
    assert said.startswith("policy: there is no rule 'buffr'; the rules are automatic_up_to_minor, review_from")


def test_a_difference_is_told_in_the_tables_order() -> None:
    before = {"readiness_minimum": 80}
    after = {"readiness_minimum": 90, "automatic_payouts": True}
    assert difference(before, after) == [("automatic_payouts", False, True), ("readiness_minimum", 80, 90)]
    assert difference({}, dict(DEFAULTS)) == []
