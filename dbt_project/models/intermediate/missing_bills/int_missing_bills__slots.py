"""One row per bill that a party's rhythm asks for and that is not there: past, late, or next.

A slot is late once its latest day, the party's usual days until a bill is entered, and three business days are over.
"""

from itertools import groupby

import numpy as np
import pyarrow as pa

from dbt_project.methods.recurrence import expected

BUSINESS_DAYS_OF_GRACE = 3
BILLS = """
    client_id, counterparty_id, currency_code, bill_date, total_minor, days_to_entry, is_yearly, is_last_part,
    today_date
"""
SCHEMA = pa.schema(
    [
        ("client_id", pa.string()),
        ("counterparty_id", pa.string()),
        ("currency_code", pa.string()),
        ("cadence", pa.string()),
        ("expected_date", pa.date32()),
        ("earliest_date", pa.date32()),
        ("latest_date", pa.date32()),
        ("late_date", pa.date32()),
        ("usual_minor", pa.int64()),
        ("low_minor", pa.int64()),
        ("high_minor", pa.int64()),
        ("price_before_minor", pa.int64()),
        ("price_since_date", pa.date32()),
        ("bills_seen", pa.int32()),
        ("last_bill_date", pa.date32()),
        ("silent_steps", pa.int32()),
        ("expected_score", pa.float64()),
        ("is_telling", pa.bool_()),
        ("is_stopped", pa.bool_()),
    ]
)


def model(dbt, session):
    """Give one row per slot without a bill: whose, when and how much, and whether its silence tells."""
    dbt.config(materialized="table")
    closed = [day for (day,) in dbt.ref("bank_holidays").project("holiday_date").fetchall()]
    week = np.busdaycalendar(holidays=np.array(closed, dtype="datetime64[D]"))
    order = "client_id, counterparty_id, currency_code, bill_date, total_minor"
    rows = dbt.ref("int_missing_bills__billed").project(BILLS).order(order).fetchall()
    out = []
    for key, group in groupby(rows, key=lambda row: row[:3]):
        bills = list(group)
        lag = int(np.quantile([bill[5] for bill in bills[-24:]], 0.9))
        days, amounts, today = [bill[3] for bill in bills], [bill[4] for bill in bills], bills[0][8]
        for slot in expected(days, amounts, today, is_yearly=bills[-1][6]):
            ended = bills[-1][7] and slot.last_date == days[-1]
            late = np.busday_offset(
                np.datetime64(slot.latest_date) + lag, BUSINESS_DAYS_OF_GRACE, roll="forward", busdaycal=week
            ).astype(object)
            out.append(
                (*key, slot.cadence, slot.expected_date, slot.earliest_date, slot.latest_date, late)
                + (slot.usual, slot.low, slot.high, slot.price_before, slot.price_since, slot.bills_seen)
                + (slot.last_date, slot.silent_steps, slot.score, slot.is_telling, slot.is_stopped or ended)
            )
    columns = [list(column) for column in zip(*out, strict=True)] or [[] for _ in SCHEMA]
    return pa.table([pa.array(values, field.type) for values, field in zip(columns, SCHEMA, strict=True)], SCHEMA)
