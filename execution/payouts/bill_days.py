"""From the published projection and the store to a schedule: which bills may be chosen for, and what stays as it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from execution.domain.recurrence import first_reachable
from execution.errors import StaleData
from execution.payouts import proposing
from execution.payouts.rows import Row
from execution.payouts.surroundings import Surroundings
from execution.scheduling.bills import CashWeek, OpenBill, Priority, Schedule, Terms
from execution.scheduling.measuring import SIGMAS_OF_THE_BAND
from execution.scheduling.planning import plan
from execution.scheduling.windows import on_or_before, window
from execution.store import tables as t


def schedule_of(around: Surroundings) -> Schedule:
    """The client's open bills on their best days. Raises StaleData when no projection is published."""
    lead, snapshot = around.policy.rules.lead_business_days, around.snapshot
    ahead = [w for w in snapshot.cash_weeks(around.client_id) if w["is_forecast"]] if snapshot else []
    if not ahead or snapshot is None:
        raise StaleData("No projection is published for this client, so no day can be weighed; load and publish first")
    said, left_out, bills = terms_of(around), {}, []
    for bill_id, bill in around.bills.items():
        if why := _not_ours(around, bill):
            left_out[bill_id] = why
        else:
            bills.append(_open_bill(around, bill, said, lead))
    moved = Counter[int]()
    chosen = {bill.bill_id for bill in bills}
    for line in snapshot.cash_lines(around.client_id):
        if line["flow"] == "bills" and line["source_id"] in chosen:
            moved[line["week_number"]] += line["amount_minor"]
    weeks = [
        CashWeek(
            week["week_start_date"],
            week["inflow_minor"] + week["outflow_minor"] - moved[week["week_number"]],
            _spread(week),
        )
        for week in ahead
    ]
    buffer = around.policy.buffer_minor
    schedule = plan(
        bills, weeks, opening_minor=ahead[0]["opening_balance_minor"],
        buffer_minor=buffer if buffer is not None else ahead[0]["buffer_minor"] or 0,
        first_reachable=first_reachable(around.today, lead), currency_code=around.client["currency_code"],
    )  # fmt: skip
    schedule.left_out.update(left_out)
    return schedule


def last_day(around: Surroundings, bill: Mapping[str, Any]) -> date:
    """The last banking day on which a bill may arrive: its due date with what a person allowed, or the first reachable
    day when that has passed."""
    open_bill = _open_bill(around, bill, terms_of(around), around.policy.rules.lead_business_days)
    return window(open_bill, first_reachable(around.today, around.policy.rules.lead_business_days))[1]


def terms_of(around: Surroundings) -> dict[tuple[str, str], Row]:
    """What people said, by (vendor, bill); the bill is empty for the vendor's own terms."""
    p = t.pay_terms.c
    mine = (p.advisor_id == around.client["advisor_id"], p.client_id == around.client_id)
    rows = around.cx.execute(sa.select(t.pay_terms).where(*mine).order_by(p.vendor_name, p.source_bill_id)).mappings()
    return {(row["vendor_id_qbo"], row["source_bill_id"]): dict(row) for row in rows}


def _not_ours(around: Surroundings, bill: Mapping[str, Any]) -> str | None:
    """Why a bill's day is not ours to choose; None when it is."""
    if not bill["is_payable_here"]:
        return str(bill["not_payable_reason"] or "It cannot be paid from here")
    if bill["duplicate_of"]:
        return f"It looks like a copy of {bill['duplicate_of']}; say first which of them is right"
    if not bill["open_minor"] or bill["open_minor"] <= 0 or bill["due_date"] is None:
        return "It names no due date, so nothing tells when it would be late"
    live = proposing.live_payout(around, bill["source_bill_id"])
    if live is not None and live["state"] != "blocked":
        return f"Payout {live['payout_id'][:8]} stands for it, to arrive on {live['arrival_date']}"
    return None


def _open_bill(
    around: Surroundings, bill: Mapping[str, Any], said: Mapping[tuple[str, str], Row], lead: int
) -> OpenBill:
    vendor = bill["vendor_id_qbo"] or ""
    row = said.get((vendor, bill["source_bill_id"])) or said.get((vendor, ""))
    terms = Terms(
        row["days_late"], row["discount_bp"], row["discount_days"], row["late_fee_bp"], Priority(row["priority"])
    ) if row else Terms()  # fmt: skip
    due = bill["due_date"] or around.today
    return OpenBill(
        bill["source_bill_id"], bill["vendor_name"], bill["open_minor"] or 0, bill["bill_date"] or due, due,
        max(on_or_before(due), proposing.default_arrival(around.today, due, lead)), terms,
    )  # fmt: skip


def _spread(week: Mapping[str, Any]) -> int:
    low = week["closing_balance_minor_low"]
    return 0 if low is None else round((week["closing_balance_minor"] - low) / SIGMAS_OF_THE_BAND)
