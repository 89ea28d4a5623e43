"""From one forecast to the next: the parts sum to the cent, each cause is told as what it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution.outlook.bridging import Part, bridge, common_weeks, surprises
from execution.outlook.forecasts import Forecast, Line
from tests.execution.outlook.cases import MONDAY, forecasts, later_than, lines

OLD = Forecast(MONDAY, MONDAY, 100_000, 0, (), open_ids=frozenset())


def line(week: int, minor: int, source: str, flow: str = "bills", label: str = "") -> Line:
    return Line(week, flow, label or source, minor, None, "", "qbo", source)


def parts(earlier: Forecast, later: Forecast, week: date) -> list[tuple[str, str, int]]:
    found = bridge(earlier, later, week)
    assert found.residual_minor == 0
    return [(part.cause, part.source_id, part.amount_minor) for part in found.parts]


@given(forecasts(), lines(), st.integers(0, 40), st.integers(-1_000_000, 5_000_000))
def test_the_parts_sum_to_the_cent_in_every_week(
    earlier: Forecast, after: tuple[Line, ...], days: int, opening: int
) -> None:
    later = later_than(earlier, days, after, opening)
    weeks = common_weeks(earlier, later)
    assert len(weeks) == 13 - (later.first_week - earlier.first_week).days // 7
    for start in weeks:
        found = bridge(earlier, later, start)
        assert found.residual_minor == 0
        assert sum(found.by_cause.values()) == found.later_minor - found.earlier_minor


@given(forecasts())
def test_nothing_changed_is_no_part(forecast: Forecast) -> None:
    assert all(bridge(forecast, forecast, start).parts == () for start in common_weeks(forecast, forecast))
    assert surprises(forecast, forecast) == []


def test_each_cause_is_told_as_what_it_is() -> None:
    earlier = OLD.with_lines(
        (
            line(1, -1_000, "qbo:paid"),
            line(1, -2_000, "qbo:waits"),
            line(4, -3_000, "qbo:early"),
            line(1, 500, "usual:receivables", "receivables"),
            line(3, 500, "usual:receivables", "receivables"),
            line(3, -700, "Rent #1", "recurring"),
        )
    )
    usual = line(2, 400, "usual:receivables", "receivables")
    later = later_than(earlier, 7, (line(2, -2_500, "qbo:waits"), line(1, -900, "qbo:new"), usual), 98_000)
    later = replace(later, open_ids=frozenset({"qbo:waits", "qbo:new"}))
    week = MONDAY + timedelta(days=14)
    assert sorted(parts(earlier, later, week)) == [
        ("actual", "qbo:paid", 1_000),
        ("actual", "usual:receivables", -500),
        ("amount", "qbo:waits", -500),
        ("amount", "usual:receivables", -100),
        ("gone", "Rent", 700),
        ("new", "qbo:new", -900),
        ("opening", "opening", -2_000),
    ]
    second = parts(earlier, later, MONDAY + timedelta(days=7))
    assert ("moved", "qbo:waits", 2_000) in second
    assert ("actual", "qbo:early", 3_000) in parts(earlier, later, MONDAY + timedelta(days=21))


def test_a_bill_that_a_payout_now_pays_is_the_same_bill() -> None:
    earlier = OLD.with_lines((line(2, -900, "qbo:1", label="Vendor 17"),))
    later = OLD.with_lines((line(3, -900, "payout:ab", "reserved_payouts", "Vendor 17"),))
    assert parts(earlier, later, MONDAY + timedelta(days=7)) == [("moved", "payout:ab", 900)]


def test_a_document_that_is_still_open_but_comes_later_has_moved() -> None:
    earlier = OLD.with_lines((line(13, -900, "qbo:1"),))
    later = replace(OLD, open_ids=frozenset({"qbo:1"}))
    assert parts(earlier, later, MONDAY + timedelta(days=84)) == [("moved", "qbo:1", 900)]


def test_a_week_that_only_one_of_them_projects_is_refused() -> None:
    with pytest.raises(ValueError, match="not in both"):
        bridge(OLD, OLD, MONDAY - timedelta(days=7))


def test_the_three_largest_surprises() -> None:
    usual = line(5, -5_000, "usual:bills")
    earlier = OLD.with_lines(
        (line(1, -1_000, "qbo:paid"), usual, line(2, 8_000, "qbo:late", "receivables"), line(3, -10, "qbo:small"))
    )
    later = later_than(
        earlier, 7,
        (line(4, 8_000, "qbo:late", "receivables"), line(4, -4_900, "qbo:came"), line(2, -15, "qbo:small")), 100_300,
    )  # fmt: skip
    later = replace(later, open_ids=frozenset({"qbo:late", "qbo:came", "qbo:small"}))
    found = surprises(earlier, later)
    assert found[0] == Part("moved", "qbo:late", "qbo:late", "receivables", -8_000, "qbo")
    assert [(one.source_id, one.amount_minor) for one in found[1:]] == [("opening", 1_300), ("new bills", 100)]
    assert found[1].label == "Days that have passed, against what was expected"
