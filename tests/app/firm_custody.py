"""Chains of custody and drift of the console's small firm: every state that a link and a week can be in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from execution.service.custody import CustodyLink
from tests.app.firm_clients import AS_OF, Client, Row, Tables

WEEK = date(2026, 11, 23)
PLAN = [  # kind, label, planned, actual, timing, amount, missing, unplanned
    ("as planned", "Uline", -41_250, -41_250, 0, 0, 0, 0),
    ("moved away", "FedEx", -118_42, 0, 118_42, 0, 0, 0),
    ("another amount", "AWS", -90_000, -91_337, 0, -1_337, 0, 0),
    ("missing", "=Grainger", -66_000, 0, 0, 0, 66_000, 0),
    ("unplanned", "Sysco", 0, -23_700, 0, 0, 0, -23_700),
]


def drift(one: Client) -> Tables:
    """The second client has weeks with all four parts; the others have none yet."""
    if one.position != 1:
        return {"pub_cash_drift": [], "pub_drift_lines": []}
    lines: list[Row] = []
    weeks: list[Row] = []
    for back in range(3):
        start = WEEK - timedelta(days=7 * back)
        mine = [
            one.money | {
                "week_start_date": start, "line_key": f"{n}|{kind}", "kind": kind, "label": label,
                "payout_id": None if kind == "unplanned" else f"{n}{back}" * 16, "planned_minor": planned,
                "actual_minor": actual, "timing_minor": timing, "amount_part_minor": amount, "missing_minor": missing,
                "unplanned_minor": unplanned, "posting_id_plaid": f"post{n}{back}" if actual else None,
            }
            for n, (kind, label, planned, actual, timing, amount, missing, unplanned) in enumerate(PLAN)
        ]  # fmt: skip
        names = ("planned_minor", "actual_minor", "timing_minor", "amount_part_minor", "missing_minor",
                 "unplanned_minor")  # fmt: skip
        sums = {name: sum(line[name] for line in mine) for name in names}
        weeks.append(one.money | sums | {
            "week_start_date": start, "drift_minor": sums["actual_minor"] - sums["planned_minor"], "payout_count": 4,
            "drifting_count": 4,
        })  # fmt: skip
        lines += mine
    return {"pub_cash_drift": weeks, "pub_drift_lines": lines}


def link(number: int, name: str, **changes: Any) -> CustodyLink:
    usual: dict[str, Any] = {
        "client_id": "c02", "payout_id": f"{number:02d}" * 16, "source_bill_id": f"qbo:{100 + number}",
        "vendor_name": "FedEx", "amount_minor": 118_42, "currency_code": "USD", "state": "rail_paid", "link": name,
        "owner": "executor", "opened_at": AS_OF - timedelta(days=9), "due_at": AS_OF + timedelta(days=4),
        "closed_at": None, "evidence_id": None, "evidence": {}, "finding": None, "finding_text": "",
        "next_action": "", "found_at": None,
    }  # fmt: skip
    return CustodyLink(**{**usual, **changes})


def links() -> list[CustodyLink]:
    """Late, ambiguous, unread, past due, open and closed; all of the second client."""
    late = {"owner": "controller", "due_at": AS_OF - timedelta(days=3), "finding": "late",
            "finding_text": "No bank line by 2026-11-21",
            "next_action": "Ask Ramp for the payment's trace, then the bank"}  # fmt: skip
    twins = {"owner": "controller", "finding": "ambiguous", "vendor_name": "=AWS",
             "finding_text": "2 bank lines could be this payment: post1, then post2",
             "next_action": "In Reconciliation, say which line is this Ramp bill"}  # fmt: skip
    unread = {"owner": "firm admin", "finding": "unread", "due_at": AS_OF - timedelta(days=1),
              "finding_text": "Due on 2026-11-23, and qbo was not read since 2026-11-20: nothing can be said yet",
              "next_action": "Repair the qbo connection, then load again"}  # fmt: skip
    proven = {"closed_at": AS_OF - timedelta(days=1), "evidence_id": "post10", "state": "settled",
              "evidence": {"what": "the bank line", "decided_by": "trace", "proof_score": "1.000"}}  # fmt: skip
    return [
        link(1, "bank_posting", **late),
        link(2, "bank_posting", **twins),
        link(3, "book_payment", **unread),
        link(4, "ramp_bill", due_at=AS_OF - timedelta(hours=5), state="handed_off"),
        link(5, "book_payment", owner="bookkeeper"),
        link(5, "bank_posting", **proven),
    ]
