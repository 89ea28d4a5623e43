"""Open invoices as a list to call by: what is owed, when it is likely paid, how likely it is late, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.components.chips import chip
from app.components.tables import www_list
from app.components.words import chance, count, day, money, text

# From here on each word stands for a chance of being late.
LIKELY, POSSIBLE = 0.5, 0.2


def lateness_chip(row: Mapping[str, Any]) -> str:
    """How late an invoice is or may become, in words with an icon."""
    probability, serious = row["late_probability"], row["late_30_days_probability"]
    if row["days_overdue"]:
        late = f"{count(row['days_overdue'], 'day')} late"
        return chip(late, "bad" if serious is not None and serious >= LIKELY else "warn")
    if probability is None:
        return chip("Too little history", "idle")
    said = chance(probability)
    if probability >= LIKELY:
        return chip(f"Likely late, {said}", "warn")
    if probability >= POSSIBLE:
        return chip(f"May be late, {said}", "info")
    return chip(f"Likely on time, chance of late {said}", "ok")


def collection_list(rows: Sequence[Mapping[str, Any]], *, empty: str) -> str:
    """One line per open invoice: whose and how much, when it is due and likely paid, on what history."""
    return www_list([_line(row) for row in rows], empty=empty)


def _line(row: Mapping[str, Any]) -> str:
    number = f" {row['invoice_number']}" if row["invoice_number"] else ""
    what = f"{row['customer_name'] or 'A customer'}{number}, {money(row['open_minor'], row['currency_code'])}"
    said = [f"Due {day(row['due_date'])}" if row["due_date"] else "No due date"]
    if row["expected_paid_date"]:
        likely = f"{day(row['earliest_paid_date'])} to {day(row['latest_paid_date'])}"
        said.append(f"likely paid {day(row['expected_paid_date'])} ({likely})")
    detail = f"{', '.join(said)}. {row['payment_basis'] or ''}".strip()
    return (
        f'<li class="www"><span class="what">{text(what)}<small>{text(detail)}</small></span>{lateness_chip(row)}</li>'
    )
