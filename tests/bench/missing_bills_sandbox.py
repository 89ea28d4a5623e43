"""Missing bills of a sandbox world, both ways: cash that left with no bill, and bills that should have come."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from tests.bench.result import Result

TOPIC = "Missing bills (sandbox, planted)"
# A planted day and a slot are one when no further apart than this share of the rhythm.
DAYS_APART = {"weekly": 3, "biweekly": 5, "twice_monthly": 5, "monthly": 9, "quarterly": 20, "yearly": 35}


@dataclass(frozen=True)
class Planted:
    """A bill that was withheld: the bank line that paid it, or whose it is and when it was due."""

    kind: str
    client: str
    posting: str | None
    vendor: str | None
    due: date | None


@dataclass(frozen=True)
class Alert:
    """What a method says: a bank line, or a vendor and a day with the days that it may be off."""

    client: str
    posting: str | None
    vendors: frozenset[str]
    due: date | None
    days: int


def sandbox(world: Path, warehouse: Path, name: str) -> Iterator[Result]:
    """Recall and precision over both directions, and recall per kind and rhythm."""
    with duckdb.connect(str(warehouse), read_only=True) as database:
        shown = {row[:2] for row in database.sql(
            "select client_id, posting_id_plaid from intermediate.int_reconciliation__postings"
        ).fetchall()}  # fmt: skip
        planted = _planted(world, shown)
        vendors = _vendors(database)
        for method, alerts in (
            ("ours", _ours(database, vendors)),
            ("naive: outflow without a record of its amount within ten days", _naive(database)),
            ("rival: vendor with bills now paid directly, ten most frequent (XBert-like)", _direct(database)),
            ("rival: billed in each of the last three months, absent this month (Xenett-like)", _absent(database)),
        ):
            yield Result(TOPIC, name, method, _figures(planted, alerts))
        ours = _ours(database, vendors)
        for kind in sorted({bill.kind for bill in planted}):
            some = [bill for bill in planted if bill.kind == kind]
            found = sum(any(_same(bill, alert) for alert in ours) for bill in some)
            yield Result(TOPIC, f"{name}: {kind}", "ours", {"planted": len(some), "recall": found / len(some)})


def _planted(world: Path, shown: set[tuple[str, str]]) -> list[Planted]:
    """Withheld bills; those that were paid count once the bank shows the line."""
    out = []
    with sqlite3.connect(f"file:{world}?mode=ro", uri=True) as source:
        lines = {
            (client, event): record
            for client, event, record in source.execute(
                "select client_key, event_id, object_id from truth_event"
                " where rail = 'plaid' and object_kind = 'transaction'"
            )
        }
        rhythms = {
            (client, json.loads(records)[0].get("id")): kind.removeprefix("recurring_")
            for client, kind, records in source.execute(
                "select client_key, kind, records from truth_defect"
                " where kind in ('recurring_weekly', 'recurring_monthly', 'recurring_quarterly', 'recurring_annual')"
            )
        }
        for client, kind, text in source.execute(
            "select client_key, kind, records from truth_defect where kind = 'missing_bill' or kind like"
            " 'recurring_missing%'"
        ):
            records = json.loads(text)
            vendor = next((record for record in records if record["kind"] == "Vendor"), {})
            event = next((record["event_id"] for record in records if "event_id" in record), None)
            posting = lines.get((client, event)) if event else None
            if event and (client, posting) not in shown:
                continue
            due = date.fromisoformat(vendor["expected_date"]) if vendor else None
            rhythm = rhythms.get((client, vendor.get("id")), "")
            out.append(Planted(f"{kind} {rhythm}".strip(), client, posting, vendor.get("id"), due))
    return out


def _vendors(database: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for client, party, vendor in database.sql(
        "select client_id, counterparty_id, record_id from intermediate.int_counterparties__links"
        " where rail = 'qbo' and object_type = 'vendor'"
    ).fetchall():
        found[client, party].add(vendor)
    return {key: frozenset(value) for key, value in found.items()}


def _ours(database: duckdb.DuckDBPyConnection, vendors: dict[tuple[str, str], frozenset[str]]) -> list[Alert]:
    alerts: dict[tuple[str, str], Alert] = {}
    for client, posting in database.sql(
        "select client_id, posting_id_plaid from intermediate.int_missing_bills__candidates where rail = 'plaid'"
    ).fetchall():
        alerts[client, posting] = Alert(client, posting, frozenset(), None, 0)
    for client, party, status, due, cadence, posting in database.sql(
        "select client_id, counterparty_id, status, expected_date, cadence, paid_record_id"
        " from intermediate.int_missing_bills__expected where status in ('late', 'paid_without_bill')"
    ).fetchall():
        line = posting if status == "paid_without_bill" else None
        days = DAYS_APART.get(cadence, 9)
        alert = Alert(client, line, vendors.get((client, party), frozenset({party.removeprefix("qbo:")})), due, days)
        alerts[client, line or f"{party} {due}"] = alert
    return list(alerts.values())


def _naive(database: duckdb.DuckDBPyConnection) -> list[Alert]:
    rows = database.sql("""
        select p.client_id, p.posting_id_plaid from intermediate.int_reconciliation__postings as p
        where p.amount_minor < 0 and not exists (
            select 1 from intermediate.int_reconciliation__documents as d
            where d.client_id = p.client_id and d.amount_minor = p.amount_minor
                and abs(date_diff('day', d.document_date, p.posted_date)) <= 10)
    """).fetchall()
    return [Alert(client, posting, frozenset(), None, 0) for client, posting in rows]


def _direct(database: duckdb.DuckDBPyConnection) -> list[Alert]:
    """Vendors that have bills and a payment matched to none, the ten with most payments per client."""
    rows = database.sql("""
        with billed as (
            select distinct b.client_id, l.counterparty_id from staging.stg_qbo__bills as b
            inner join intermediate.int_counterparties__links as l on l.client_id = b.client_id and l.rail = 'qbo'
                and l.object_type = 'vendor' and l.record_id = b.vendor_id_qbo),
        direct as (
            select p.client_id, p.counterparty_id, p.posting_id_plaid,
                count(*) over (partition by p.client_id, p.counterparty_id) as times
            from intermediate.int_reconciliation__postings as p
            inner join intermediate.int_reconciliation__matches as m using (client_id, posting_id_plaid)
            inner join billed using (client_id, counterparty_id)
            where p.amount_minor < 0 and m.status = 'unmatched')
        select client_id, posting_id_plaid from direct
        qualify dense_rank() over (partition by client_id order by times desc, counterparty_id) <= 10
    """).fetchall()
    return [Alert(client, posting, frozenset(), None, 0) for client, posting in rows]


def _absent(database: duckdb.DuckDBPyConnection) -> list[Alert]:
    seen: dict[tuple[str, str], set[int]] = defaultdict(set)
    last = 0
    for client, vendor, month in database.sql(
        "select client_id, vendor_id_qbo, year(bill_date) * 12 + month(bill_date) - 1 from staging.stg_qbo__bills"
    ).fetchall():
        seen[client, vendor].add(month)
        last = max(last, month)
    out = []
    for (client, vendor), months in seen.items():
        for month in range(min(months) + 3, last):
            if month not in months and {month - 1, month - 2, month - 3} <= months:
                middle = date(month // 12, month % 12 + 1, 15)
                out.append(Alert(client, None, frozenset({vendor}), middle, 16))
    return out


def _same(bill: Planted, alert: Alert) -> bool:
    if bill.client != alert.client:
        return False
    if bill.posting and alert.posting:
        return bill.posting == alert.posting
    if not (bill.vendor and bill.due and alert.due and bill.vendor in alert.vendors):
        return False
    return abs(bill.due - alert.due) <= timedelta(days=alert.days)


def _figures(planted: list[Planted], alerts: list[Alert]) -> dict[str, float | int | str]:
    found = sum(any(_same(bill, alert) for alert in alerts) for bill in planted)
    right = sum(any(_same(bill, alert) for bill in planted) for alert in alerts)
    return {
        "planted": len(planted),
        "alerts": len(alerts),
        "recall": found / max(1, len(planted)),
        "precision": right / max(1, len(alerts)),
    }
