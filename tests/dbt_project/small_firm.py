"""Two small clients with two years of lines, bills and invoices: what the projection reads, as tables in memory."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import duckdb

FIRST = date(2025, 6, 2)
Row = dict[str, Any]

TABLES = {
    "stg_control__clients": "advisor_id varchar, client_id varchar, currency_code varchar, time_zone varchar",
    "bank_holidays": "holiday_date date",
    "int_cash__positions": (
        "client_id varchar, currency_code varchar, cash_account_count bigint, available_minor bigint,"
        " current_minor bigint, buffer_minor bigint"
    ),
    "int_cash__flows": (
        "client_id varchar, posting_id_plaid varchar, account_id_plaid varchar, posted_date date, week_start_date date,"
        " amount_minor bigint, counterparty_id varchar, driver varchar, series_key varchar, bucket_when_posted varchar,"
        " is_outside_burn boolean"
    ),
    "int_cash__bills": (
        "client_id varchar, source_bill_id varchar, counterparty_id varchar, vendor_id_qbo varchar,"
        " vendor_name varchar, invoice_number varchar, total_minor bigint, open_minor bigint, currency_code varchar,"
        " bill_date date, due_date date, known_date date, touched_date date, ramp_paid_date date,"
        " ramp_payment_date date, is_open boolean"
    ),
    "int_cash__invoices": (
        "client_id varchar, source_invoice_id varchar, source_rail varchar, invoice_id_stripe varchar,"
        " counterparty_id varchar, customer_name varchar, invoice_number varchar, total_minor bigint,"
        " open_minor bigint, currency_code varchar, invoice_date date, due_date date, known_date date,"
        " touched_date date, stripe_paid_date date"
    ),
    "stg_qbo__bill_payments": (
        "client_id varchar, bill_payment_id_qbo varchar, payment_date date, created_at timestamptz"
    ),
    "stg_qbo__bill_payment_lines": (
        "client_id varchar, bill_payment_id_qbo varchar, bill_id_qbo varchar, applied_minor bigint"
    ),
    "stg_qbo__payments": "client_id varchar, payment_id_qbo varchar, payment_date date, created_at timestamptz",
    "stg_qbo__payment_lines": "client_id varchar, payment_id_qbo varchar, invoice_id_qbo varchar, applied_minor bigint",
    "int_hygiene__decided": (
        "client_id varchar, hygiene_item_id varchar, kind varchar, record_id varchar, decision varchar,"
        " counterparty_name varchar, amount_minor bigint, currency_code varchar, item_date date,"
        " wrong_probability double, detail varchar, evidence varchar"
    ),
    "stg_control__hygiene_decisions": (
        "client_id varchar, hygiene_item_id varchar, action varchar, decided_at timestamptz"
    ),
    "stg_control__payouts": (
        "client_id varchar, payout_id varchar, source_bill_id varchar, state varchar, vendor_name varchar,"
        " amount_minor bigint, currency_code varchar, arrival_date date, approved_at timestamptz,"
        " settled_at timestamptz, posting_id_plaid varchar"
    ),
    "int_bank__postings": "client_id varchar, posting_id_plaid varchar, posted_date date",
    "int_reconciliation__matches": (
        "client_id varchar, posting_id_plaid varchar, matched_rail varchar, matched_id varchar, status varchar"
    ),
    "stg_stripe__payouts": (
        "client_id varchar, payout_id_stripe varchar, status varchar, amount_minor bigint, currency_code varchar,"
        " created_at timestamptz, arrival_date date"
    ),
    "stg_stripe__balance_transactions": (
        "client_id varchar, balance_transaction_id_stripe varchar, type varchar, net_minor bigint,"
        " currency_code varchar, created_at timestamptz, available_date date"
    ),
    "int_quality__rail_health": "client_id varchar, rail varchar, last_success_at timestamptz",
    "int_quality__measured": "client_id varchar, rail varchar, flow_minor bigint, unproven_minor bigint",
    "int_missing_bills__expected": (
        "client_id varchar, counterparty_id varchar, counterparty_name varchar, currency_code varchar, status varchar,"
        " expected_date date, late_date date, usual_minor bigint, expected_score double, evidence varchar"
    ),
}


@dataclass
class SmallFirm:
    """Rows by table, growing as days go by; nothing is ever taken back."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    cash: dict[str, int] = field(default_factory=dict)

    def add(self, table: str, **values: Any) -> None:
        """One row; columns not given stay empty."""
        self.rows[table].append({"client_id": "c1", "currency_code": "USD"} | values)

    def line(self, client: str, day: date, minor: int, series: str, bucket: str, party: str | None = None) -> str:
        """One bank line."""
        name = f"{client} {series} {day} {minor}"
        monday = day - timedelta(days=day.weekday())
        self.add(
            "int_cash__flows", client_id=client, posting_id_plaid=name, account_id_plaid="a", posted_date=day,
            week_start_date=monday, amount_minor=minor, counterparty_id=party, driver=series.title(), series_key=series,
            bucket_when_posted=bucket, is_outside_burn=False,
        )  # fmt: skip
        self.add("int_bank__postings", client_id=client, posting_id_plaid=name, posted_date=day)
        self.cash[client] = self.cash.get(client, 50_000_00) + minor
        return name

    def bill(
        self, client: str, party: str, minor: int, entered: date, due: date, paid: date | None, booked: date
    ) -> None:
        """A bill, and when it is paid its line in the bank and, days later, its payment in the books."""
        number, last = f"{client} {party} {entered} {minor}", booked if paid else entered
        self.add(
            "int_cash__bills", client_id=client, source_bill_id=f"qbo:{number}", counterparty_id=party,
            vendor_name=party.title(), total_minor=minor, open_minor=0 if paid else minor, bill_date=entered,
            due_date=due, known_date=entered, touched_date=last, is_open=not paid,
        )  # fmt: skip
        if paid:
            self.line(client, paid, -minor, party.upper(), "bills", party)
            self.add(
                "stg_qbo__bill_payments", client_id=client, bill_payment_id_qbo=number, payment_date=paid,
                created_at=f"{booked} 15:00:00+00",
            )  # fmt: skip
            self.add(
                "stg_qbo__bill_payment_lines", client_id=client, bill_payment_id_qbo=number, bill_id_qbo=number,
                applied_minor=minor,
            )  # fmt: skip

    def invoice(self, client: str, party: str, minor: int, sent: date, paid: date | None, booked: date) -> None:
        """An invoice on thirty days, and its payment."""
        number = f"{client} {party} {sent} {minor}"
        self.add(
            "int_cash__invoices", client_id=client, source_invoice_id=f"qbo:{number}", source_rail="qbo",
            counterparty_id=party, customer_name=party.title(), total_minor=minor, open_minor=0 if paid else minor,
            invoice_date=sent, due_date=sent + timedelta(days=30), known_date=sent,
            touched_date=booked if paid else sent,
        )  # fmt: skip
        if paid:
            self.line(client, paid, minor, party.upper(), "receivables", party)
            self.add(
                "stg_qbo__payments", client_id=client, payment_id_qbo=number, payment_date=paid,
                created_at=f"{booked} 15:00:00+00",
            )  # fmt: skip
            self.add(
                "stg_qbo__payment_lines", client_id=client, payment_id_qbo=number, invoice_id_qbo=number,
                applied_minor=minor,
            )  # fmt: skip

    def write(self, database: duckdb.DuckDBPyConnection) -> None:
        """Every table, as it stands."""
        self.rows["int_cash__positions"] = [
            {"client_id": client, "currency_code": "USD", "cash_account_count": 1, "available_minor": minor,
             "current_minor": minor, "buffer_minor": 10_000_00}
            for client, minor in sorted(self.cash.items())
        ]  # fmt: skip
        for name, columns in TABLES.items():
            database.execute(f"create or replace table {name} ({columns})")
            names = [column.split()[0] for column in columns.split(", ")]
            values = [[row.get(column) for column in names] for row in self.rows[name]]
            if values:
                database.executemany(f"insert into {name} values ({', '.join('?' * len(names))})", values)


def grown(until: date, seed: int = 1) -> SmallFirm:
    """The firm as its rails tell of it on the evening of `until`."""
    firm, draw = SmallFirm(), random.Random(seed)
    for client in ("c1", "c2"):
        firm.add("stg_control__clients", advisor_id="firm", client_id=client, time_zone="UTC")
        firm.cash[client] = 50_000_00
        bills, invoices = [], []
        for number in range(70):
            monday = FIRST + timedelta(weeks=number)
            for at in range(2):
                entered = monday + timedelta(days=at)
                due = entered + timedelta(days=21)
                paid = due + timedelta(days=draw.choice((0, 1, 4, 7)))
                booked = paid + timedelta(days=draw.choice((1, 3)))
                bills.append((f"vendor{at}", draw.randint(500_00, 900_00), entered, due, paid, booked))
            sent = monday + timedelta(days=2)
            paid = sent + timedelta(days=draw.choice((28, 33, 40)))
            invoices.append((f"customer{number % 3}", draw.randint(2_500_00, 3_500_00), sent, paid))
        for party, minor, entered, due, paid, booked in bills:
            if entered <= until:
                firm.bill(client, party, minor, entered, due, paid if paid <= until else None, min(booked, until))
        for party, minor, sent, paid in invoices:
            if sent <= until:
                firm.invoice(client, party, minor, sent, paid if paid <= until else None, min(paid, until))
        day = FIRST + timedelta(days=4)
        while day <= until:
            firm.line(client, day, -draw.randint(900_00, 930_00), "PAY", "payroll")
            firm.line(client, day - timedelta(days=1), -draw.randint(50_00, 90_00), "SHOP", "other_out")
            day += timedelta(days=14)
    return firm
