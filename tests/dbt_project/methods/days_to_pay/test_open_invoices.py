"""Open invoices of a firm: dates and chances that fit their age, on a history that is told in words."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from dbt_project.methods.days_to_pay import INVOICES, RISK, open_invoice_risk

AS_OF = date(2026, 11, 24)
HABITS = {"slow": 45, "prompt": 20, "card": 0}


def paid(client: str, customer: str, count: int, given_up: int = 0) -> list[tuple[object, ...]]:
    """`count` invoices a week apart that settled by habit, a day or two around it; the oldest few never did."""
    term = 0 if customer == "card" else 30
    rows: list[tuple[object, ...]] = []
    for at in range(count):
        day = AS_OF - timedelta(days=60 + 7 * (count - at))
        came = None if at < given_up else day + timedelta(days=max(0, HABITS[customer] + at % 5 - 2))
        number = f"{client}-{customer}-{at}"
        rows.append((client, number, customer, day, day + timedelta(days=term), 100_00, came, False))
    return rows


def still_open(
    number: str, client: str, customer: str | None, days_old: int, term: int | None = 30
) -> tuple[object, ...]:
    day = AS_OF - timedelta(days=days_old)
    due = None if term is None else day + timedelta(days=term)
    return (client, number, customer, day, due, 100_00, None, True)


def risk(*rows: tuple[object, ...], as_of: date = AS_OF) -> dict[str, dict[str, object]]:
    found = open_invoice_risk(pl.DataFrame(list(rows), schema=INVOICES, orient="row"), as_of)
    assert found.schema == RISK
    return {str(row["source_invoice_id"]): row for row in found.iter_rows(named=True)}


HISTORY = (*paid("c1", "slow", 30), *paid("c1", "prompt", 30), *paid("c1", "card", 40, given_up=4))


def test_open_invoices_alone_are_told_each_with_its_own_customers_habit() -> None:
    found = risk(*HISTORY, still_open("a", "c1", "slow", 10), still_open("b", "c1", "prompt", 10))
    assert found.keys() == {"a", "b"}
    assert abs((found["a"]["expected_paid_date"] - (AS_OF + timedelta(days=35))).days) <= 2  # type: ignore[operator]
    assert found["a"]["late_probability"] > 0.9 > 0.1 > found["b"]["late_probability"]  # type: ignore[operator]
    assert found["a"]["basis"] == "This customer has paid 30 invoices like it before, half of them within 45 days"


def test_what_waits_is_paid_no_earlier_than_today_and_late_once_it_is() -> None:
    found = risk(*HISTORY, *(still_open(str(old), "c1", "prompt", old) for old in (0, 25, 35, 70, 300)))
    for old in (0, 25, 35, 70, 300):
        row = found[str(old)]
        assert AS_OF <= row["earliest_paid_date"] <= row["expected_paid_date"] <= row["latest_paid_date"]  # type: ignore[operator]
    assert found["35"]["late_probability"] == 1 > found["35"]["late_30_days_probability"]  # type: ignore[operator]
    assert found["70"]["late_30_days_probability"] == 1


def test_a_card_invoice_that_waits_may_never_be_paid() -> None:
    """One in ten card invoices was given up: after ten days without money this is likely one of them."""
    found = risk(*HISTORY, still_open("new", "c1", "card", 0, term=0), still_open("old", "c1", "card", 10, term=0))
    assert found["new"]["late_30_days_probability"] < 0.2  # type: ignore[operator]
    assert found["old"]["late_30_days_probability"] > 0.6  # type: ignore[operator]


def test_invoices_due_at_once_do_not_speak_for_those_on_terms() -> None:
    found = risk(*HISTORY, still_open("a", "c1", "card", 5))
    assert found["a"]["settled_invoices"] == 0
    assert found["a"]["expected_paid_date"] > AS_OF + timedelta(days=10)  # type: ignore[operator]
    assert (
        found["a"]["basis"]
        == "This customer has paid none like it before; of the client's 60 others, half came within 32 days"
    )


def test_a_new_client_learns_from_the_firms_others_and_a_new_firm_says_nothing() -> None:
    new = still_open("n", "c2", "stranger", 3)
    assert "as customers of other clients pay" in str(risk(*HISTORY, new)["n"]["basis"])
    alone = risk(new, still_open("m", "c2", None, 3, term=None))
    assert alone["n"]["expected_paid_date"] is None and alone["n"]["basis"] == "Too little history to say"
    assert alone["m"]["late_probability"] is None


def test_no_due_date_gives_a_day_and_no_chance() -> None:
    row = risk(*HISTORY, still_open("a", "c1", "prompt", 3, term=None))["a"]
    assert row["expected_paid_date"] is not None and row["late_probability"] is None


def test_what_is_paid_on_the_day_or_later_is_not_known() -> None:
    asked = still_open("a", "c1", "slow", 20)
    later = ("c1", "later", "slow", AS_OF - timedelta(days=50), AS_OF - timedelta(days=20), 100_00, AS_OF, False)
    much_later = (*later[:6], AS_OF + timedelta(days=90), False)
    assert risk(*HISTORY, asked, later)["a"] == risk(*HISTORY, asked, much_later)["a"]
