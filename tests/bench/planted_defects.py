"""What the sandbox planted that still stands wrong in the measured span: dollars by client, and by record."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

# Wrong on the day of the build. Left out are the forms that are only hard to read (payment runs, partial payments,
# bundled deposits …), what was mended before the end (late entries, restated lines, payouts that came back and are
# booked so), and what is a danger to a payment rather than to the figures (a changed bank account).
STANDING = frozenset(
    {
        "missing_bill", "amount_typo", "uncategorized", "unrecorded_fee", "deposit_short_fee", "payment_with_fee",
        "duplicate_bill", "duplicate_bill_typo", "duplicate_bill_synced", "duplicate_bill_split",
        "duplicate_bill_amount", "duplicate_payment", "payment_run_open_bills", "recurring_missing_unpaid",
        "recurring_missing_paid", "wrong_account", "dropped_feed_day",
    }
)  # fmt: skip
DATED = {
    "Bill": ("stg_qbo__bills", "bill_id_qbo", "bill_date"),
    "Purchase": ("stg_qbo__purchases", "purchase_id_qbo", "purchase_date"),
    "BillPayment": ("stg_qbo__bill_payments", "bill_payment_id_qbo", "payment_date"),
    "Deposit": ("stg_qbo__deposits", "deposit_id_qbo", "deposit_date"),
    "Payment": ("stg_qbo__payments", "payment_id_qbo", "payment_date"),
}
Record = tuple[str, str, str]


@dataclass(frozen=True)
class Planted:
    """Minor units at stake of one defect, and the records (client, rail, id) that it hangs on."""

    client_id: str
    kind: str
    stake_minor: int
    records: frozenset[Record]


def standing(world: Path, built: duckdb.DuckDBPyConnection, today: date, days: int) -> list[Planted]:
    """Defects that stand wrong and fall in the last `days` before `today`, by the day of their newest record."""
    of_record = {
        (client, kind, record): day
        for kind, (table, key, column) in DATED.items()
        for client, record, day in built.execute(f"select client_id, {key}, {column} from staging.{table}").fetchall()
    }
    # A debt that is still open is of today, however old its paper.
    for client, record in built.execute(
        "select client_id, bill_id_qbo from staging.stg_qbo__bills where open_minor > 0"
    ).fetchall():
        of_record[client, "Bill", record] = today
    with sqlite3.connect(f"file:{world}?mode=ro", uri=True) as source:
        of_event = {
            (client, event): date.fromisoformat(day)
            for client, event, day in source.execute(
                "select client_key, event_id, max(day) from truth_ledger group by 1, 2"
            )
        }
        tied: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for client, event, rail, record in source.execute(
            "select client_key, event_id, rail, object_id from truth_event"
        ):
            tied[client, event].append((client, rail, record))
        planted = source.execute("select client_key, kind, records, at_stake_minor from truth_defect").fetchall()
    found = []
    for client, kind, text, stake in planted:
        named, dates = set[Record](), []
        for entry in json.loads(text):
            if event := entry.get("event_id"):
                named.update(tied[client, event])
                dates.append(of_event.get((client, event)))
            if record := entry.get("id"):
                named.add((client, entry["rail"], record))
                dates.append(of_record.get((client, entry["kind"], record)))
            dates.extend(date.fromisoformat(entry[name]) for name in ("expected_date", "date") if entry.get(name))
        newest = max((day for day in dates if day), default=None)
        if kind in STANDING and newest and today - timedelta(days=days) < newest <= today:
            found.append(Planted(client, kind, abs(stake or 0), frozenset(named)))
    return found
