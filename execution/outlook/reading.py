"""A client's forecast out of a published snapshot, with the names that scenarios need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from execution.errors import StaleData
from execution.facts.snapshot import Snapshot
from execution.outlook.forecasts import Band, Breach, Forecast, Line


def forecast_of(snapshot: Snapshot, client_id: str) -> Forecast:
    """The client's forecast. Raises StaleData when the snapshot holds none."""
    ahead = [week for week in snapshot.cash_weeks(client_id) if week["is_forecast"]]
    if not ahead:
        raise StaleData("No projection is published for this client; it is built once a bank balance is known")
    invoices, bills = snapshot.open_invoices(client_id), snapshot.bills_by_id(client_id)
    parties = {one["source_invoice_id"]: one["customer_name"] or "" for one in invoices}
    parties |= {bill_id: bill["vendor_name"] or "" for bill_id, bill in bills.items()}
    return Forecast(
        as_of=snapshot.as_of_date(),
        first_week=ahead[0]["week_start_date"],
        opening_minor=ahead[0]["opening_balance_minor"],
        buffer_minor=ahead[0]["buffer_minor"],
        lines=tuple(_line(row, parties) for row in snapshot.cash_lines(client_id)),
        bands={week["week_number"]: band for week in ahead if (band := _band(week))},
        breaches={week["week_number"]: breach for week in ahead if (breach := _breach(week))},
        week_count=len(ahead),
        currency_code=ahead[0]["currency_code"],
        snapshot_id=snapshot.pointer.snapshot_id,
        customer_percent=_parts_of(invoices),
        suspected=tuple(_suspected(one) for one in snapshot.missing_bills(client_id)),
        open_ids=frozenset(parties),
    )


def _line(row: Mapping[str, Any], parties: Mapping[str, str]) -> Line:
    source_id = row["source_id"] or ""
    return Line(
        row["week_number"], row["flow"], row["label"], row["amount_minor"], row["expected_date"], row["basis"] or "",
        row["source_rail"], source_id, parties.get(source_id, ""),
    )  # fmt: skip


def _band(week: Mapping[str, Any]) -> Band | None:
    low, high, closing = (week[f"closing_balance_minor{end}"] for end in ("_low", "_high", ""))
    return None if low is None or high is None else Band(closing - low, high - closing)


def _parts_of(invoices: list[dict[str, Any]]) -> dict[str, int]:
    owed = Counter[str]()
    for one in invoices:
        owed[one["customer_name"] or ""] += one["open_minor"]
    total = sum(owed.values())
    return {name: round(100 * part / total) for name, part in owed.most_common() if name and total}


def _suspected(item: Mapping[str, Any]) -> Line:
    name = item["counterparty_name"]
    basis = (
        f"{item['basis'] or 'Expected by the rhythm of this vendor.'} {item['probability']:.0%} likely to be missing"
    )
    return Line(
        item["week_number"], "missing_bills", f"{name}, bill not in the books", item["amount_minor"],
        item["expected_date"], basis, None, f"expected:{item['hygiene_item_id']}", name,
    )  # fmt: skip


def _breach(week: Mapping[str, Any]) -> Breach | None:
    """None in figures of before the chance was told both ways."""
    with_missing = week.get("closing_balance_minor_with_missing")
    if with_missing is None:
        return None
    return Breach(week["breach_probability"], with_missing, week["breach_probability_with_missing"])
