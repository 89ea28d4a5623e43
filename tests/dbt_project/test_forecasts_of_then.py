"""No later fact reaches a forecast of then: planted ones change nothing, and a backcast is the forecast it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest

from tests.dbt_project.rendered import run_folder
from tests.dbt_project.small_firm import SmallFirm, grown

THEN, NOW = date(2026, 8, 4), date(2026, 8, 25)
SHOWN = {
    "lines": "flow, source_id, week_number, amount_minor, expected_date, basis",
    "choices": "bucket, method, weeks_seen, gap_26_loss_minor",
    "weeks": "week_number, inflow_minor, outflow_minor, closing_balance_minor, low_80_minor, high_95_minor",
}


def projected(firm: SmallFirm, as_of: date, origins: int = 30) -> duckdb.DuckDBPyConnection:
    """The whole projection of the firm as of a day."""
    database = duckdb.connect()
    database.execute("set timezone = 'UTC'; set threads = 1")
    firm.write(database)
    variables = {
        "as_of_date": as_of,
        "as_of_at": f"{as_of} 20:00:00+00",
        "flow_days": 760,
        "projection_origins": origins,
    }
    run_folder(database, "intermediate/projection", variables, "int_cash__bank_days")
    return database


def seen_from(database: duckdb.DuckDBPyConnection, origin: date) -> dict[str, list[Any]]:
    """What the forecast of an origin says, leaf by leaf."""
    return {
        name: database.execute(
            f"select client_id, {columns} from int_projection__{name} where origin_date = ? order by all", [origin]
        ).fetchall()
        for name, columns in SHOWN.items()
    }


@pytest.fixture(scope="module")
def untouched() -> dict[date, dict[str, list[Any]]]:
    database = projected(grown(NOW), NOW)
    return {origin: seen_from(database, origin) for origin in (THEN, THEN - timedelta(weeks=8), NOW)}


def later_bill(firm: SmallFirm) -> None:
    firm.bill("c1", "vendor0", 7_777_00, THEN + timedelta(days=1), THEN + timedelta(days=9), None, NOW)


def later_entry_of_an_older_bill(firm: SmallFirm) -> None:
    firm.bill("c1", "vendor1", 6_666_00, THEN + timedelta(days=2), THEN, None, NOW)
    firm.rows["int_cash__bills"][-1]["bill_date"] = THEN - timedelta(days=20)


def later_invoice(firm: SmallFirm) -> None:
    firm.invoice("c1", "customer1", 8_888_00, THEN + timedelta(days=1), None, NOW)


def later_booking_of_an_older_payment(firm: SmallFirm) -> None:
    bill = next(
        row for row in firm.rows["int_cash__bills"]
        if row["is_open"] and row["client_id"] == "c1" and row["known_date"] <= THEN
    )  # fmt: skip
    bill |= {"open_minor": 0, "is_open": False, "touched_date": NOW}
    number = bill["source_bill_id"].removeprefix("qbo:")
    paid = {"bill_payment_id_qbo": number, "payment_date": THEN - timedelta(days=3)}
    firm.add("stg_qbo__bill_payments", **paid, created_at=f"{THEN + timedelta(days=1)} 09:00:00+00")
    firm.add(
        "stg_qbo__bill_payment_lines", bill_payment_id_qbo=number, bill_id_qbo=number, applied_minor=bill["total_minor"]
    )


def later_lines(firm: SmallFirm) -> None:
    day = THEN + timedelta(days=1)
    bill = next(row for row in firm.rows["int_cash__bills"] if row["is_open"] and row["known_date"] <= THEN)
    firm.line("c1", day, -5_000_00, "RENT", "other_out")
    firm.line(bill["client_id"], day, -bill["total_minor"], "VENDOR", "bills", bill["counterparty_id"])


def later_stripe(firm: SmallFirm) -> None:
    later = f"{THEN + timedelta(days=1)} 09:00:00+00"
    day = THEN + timedelta(days=3)
    firm.add(
        "stg_stripe__payouts", payout_id_stripe="po1", status="paid", amount_minor=900_00, created_at=later,
        arrival_date=day,
    )  # fmt: skip
    firm.add(
        "stg_stripe__balance_transactions", balance_transaction_id_stripe="b1", type="charge", net_minor=950_00,
        created_at=later, available_date=day,
    )  # fmt: skip


def later_word_that_a_bill_is_a_copy(firm: SmallFirm) -> None:
    bill = next(
        row for row in firm.rows["int_cash__bills"]
        if row["is_open"] and row["client_id"] == "c1" and row["known_date"] <= THEN
    )  # fmt: skip
    number = bill["source_bill_id"].removeprefix("qbo:")
    firm.add(
        "int_hygiene__decided", hygiene_item_id="i1", kind="duplicate_bill", record_id=number, decision="confirmed"
    )
    decided = f"{THEN + timedelta(days=1)} 09:00:00+00"
    firm.add("stg_control__hygiene_decisions", hygiene_item_id="i1", action="confirmed", decided_at=decided)


def later_approval(firm: SmallFirm) -> None:
    bill = next(
        row for row in firm.rows["int_cash__bills"]
        if row["is_open"] and row["client_id"] == "c1" and row["known_date"] <= THEN
    )  # fmt: skip
    firm.add(
        "stg_control__payouts", payout_id="p1", source_bill_id=bill["source_bill_id"], state="at_rail",
        amount_minor=bill["total_minor"], arrival_date=NOW + timedelta(days=2),
        approved_at=f"{THEN + timedelta(days=1)} 09:00:00+00",
    )  # fmt: skip


PLANTED = [
    later_bill, later_entry_of_an_older_bill, later_invoice, later_booking_of_an_older_payment, later_lines,
    later_stripe, later_word_that_a_bill_is_a_copy, later_approval,
]  # fmt: skip


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_later_fact_is_not_seen_from_before(
    plant: Callable[[SmallFirm], None], untouched: dict[date, dict[str, list[Any]]]
) -> None:
    firm = grown(NOW)
    # Cash is what the bank says now: a line planted before now is in it.
    plant(firm)
    database = projected(firm, NOW)
    for origin in (THEN, THEN - timedelta(weeks=8)):
        assert seen_from(database, origin) == untouched[origin]
    assert seen_from(database, NOW) != untouched[NOW], "the fact is seen from now on"


def test_a_backcast_is_the_forecast_that_was_made() -> None:
    made_then = seen_from(projected(grown(THEN), THEN), THEN)
    # Three weeks on, three more origins reach back as far as the thirty of then.
    assert seen_from(projected(grown(NOW), NOW, origins=33), THEN) == made_then


def test_a_firm_on_its_first_day_has_no_forecast() -> None:
    assert seen_from(projected(SmallFirm(), NOW), NOW) == {"lines": [], "choices": [], "weeks": []}


def test_a_missing_bill_changes_what_stands_beside_todays_forecast_and_nothing_else() -> None:
    firm = grown(NOW)
    said = {"kind": "expected_bill", "amount_minor": 650_00, "item_date": NOW - timedelta(days=10)}
    said |= {"counterparty_name": "Vendor", "wrong_probability": 0.9}
    firm.add("int_hygiene__decided", **said, hygiene_item_id="i1", evidence='{"counterparty_id": "vendor0"}')
    # The bank pays the landlord each month without a bill: the series is in the forecast already.
    for month in range(1, 9):
        firm.line("c1", date(2026, month, 3), -640_00, "RENT", "other_out", "landlord")
    firm.add("int_hygiene__decided", **said, hygiene_item_id="i2", evidence='{"counterparty_id": "landlord"}')
    database = projected(firm, NOW)
    [(item, week)] = database.execute(
        "select hygiene_item_id, week_number from int_projection__missing_bills"
    ).fetchall()
    assert item == "i1" and 2 <= week <= 4, "21 days to pay and up to a week late, ten days ago"
    beside = database.execute(
        "select week_number, with_missing_minor - closing_balance_minor, with_missing_breach_probability >= "
        "breach_probability from int_projection__weeks where client_id = 'c1' and is_current order by 1"
    ).fetchall()
    assert beside == [(n, -650_00 if n >= week else 0, True) for n in range(1, 14)]
    told_before = "select count(with_missing_minor) from int_projection__weeks where not is_current"
    assert database.execute(told_before).fetchone() == (0,)
    without = grown(NOW)
    without.rows["int_cash__flows"], without.cash = firm.rows["int_cash__flows"], firm.cash
    without.rows["int_bank__postings"] = firm.rows["int_bank__postings"]
    assert seen_from(database, NOW) == seen_from(projected(without, NOW), NOW), "the forecast itself stays"
