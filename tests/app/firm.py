"""A small published snapshot for the console's tests: one firm, twelve clients, every state a page can meet."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.app.firm_metrics import METRICS

ADVISOR = "harbor"
AS_OF = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
TODAY = AS_OF.date()
MONDAY = date(2026, 11, 23)
NAMES = [
    ("Canyon Electric", "Contractor", "Active"),
    ("Northfield Marketing Studio", "Agency", "Managed"),
    ("Willow Catering", "Restaurant", "Active"),
    ("Beacon Print Works", "Manufacturing", "Silent"),
    ("Cedar & Co Law Group", "Legal", "Managed"),
    ("Driftwood HVAC Services", "Contractor", "Active"),
    ("Ironclad Physical Therapy", "Medical", "Managed"),
    ("Anchor Bakehouse", "Restaurant", "Active"),
    ("Harborlight SaaS", "Software", "Silent"),
    ("Redwood Outfitters", "Shop", "Managed"),
    ("Maple Pediatrics", "Medical", "Managed"),
    ('<b>Quote"s</b> & Sons', "Shop", "Silent"),
]
VENDORS = [
    "Home Depot Pro",
    "FedEx",
    "AWS",
    "Uline",
    "Grainger",
    "Comcast Business",
    "State Tax",
    "Blue Cross",
    "Sysco",
    "Acme Staffing",
]
BUCKETS = ["current", "1_30", "31_60", "61_90", "over_90"]


def client_id(position: int) -> str:
    return f"c{position + 1:02d}"


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    columns = [r[0] for r in con.execute(f"describe {table}").fetchall()]
    unknown = set(rows[0]) - set(columns)
    assert not unknown, (table, unknown)
    marks = ", ".join("?" for _ in columns)
    con.executemany(f"insert into {table} values ({marks})", [[r.get(c) for c in columns] for r in rows])


def _client_rows(i: int, shift: int) -> dict[str, list[dict[str, Any]]]:
    name, industry, mode = NAMES[i]
    base = {"advisor_id": ADVISOR, "client_id": client_id(i)}
    money = base | {"currency_code": "USD"}
    cash = 4_200_000 + i * 3_100_000 + 7_700 + shift
    buffer = 3_000_000 + (11 - i) * 900_000
    burn = 210_000 + i * 17_300
    grows = i == 8
    unknown = i == 11
    gap = cash - 150_000 - buffer
    status = "unknown" if unknown else "on_track" if gap >= 0 else "watch" if cash >= 0.6 * buffer else "at_risk"
    out: dict[str, list[dict[str, Any]]] = {}
    out["pub_clients"] = [
        money
        | {
            "client_name": name,
            "industry": industry,
            "advisor_mode": mode,
            "time_zone": "America/New_York",
            "buffer_minor": buffer,
            "readiness_minimum": 80,
        }
    ]
    weeks, balance = [], cash - 8 * 90_000
    for n in [*range(-8, 0), *range(1, 14)]:
        inflow, outflow = (
            900_000 + (n * 37_777 + i * 91_111) % 700_000,
            -(850_000 + (n * n * 21_111 + i * 33_000) % 900_000),
        )
        opening, balance = balance, balance + inflow + outflow
        start = MONDAY + timedelta(days=7 * (n if n < 0 else n - 1))
        spread = 60_000 * n if n > 0 else 0
        weeks.append(
            money
            | {
                "week_number": n,
                "week_start_date": start,
                "is_forecast": n > 0,
                "opening_balance_minor": opening,
                "inflow_minor": inflow,
                "outflow_minor": outflow,
                "closing_balance_minor": balance,
                "closing_balance_minor_low": balance - spread if n > 0 else None,
                "closing_balance_minor_high": balance + spread if n > 0 else None,
                "buffer_minor": buffer,
                "is_below_buffer": balance < buffer,
            }
        )
    out["pub_cash_weeks"] = [] if unknown else weeks
    ahead = [w for w in weeks if w["is_forecast"]]
    low = min(ahead, key=lambda w: w["closing_balance_minor"])
    out["pub_cash_lines"] = [
        money
        | {
            "week_number": w["week_number"],
            "week_start_date": w["week_start_date"],
            "flow": flow,
            "label": label,
            "amount_minor": amount,
            "expected_date": w["week_start_date"] + timedelta(days=2),
            "basis": basis,
            "source_rail": rail,
            "source_id": str(100 + w["week_number"]),
        }
        for w in ([] if unknown else ahead)
        for flow, label, amount, basis, rail in (
            ("receivables", "Globex INV-2213", w["inflow_minor"], "usually pays 9 days late", "qbo"),
            ("payroll", "Payroll", w["outflow_minor"] // 2, "every second Friday", "plaid"),
            ("bills", "Uline B-100385", w["outflow_minor"] - w["outflow_minor"] // 2, "due date", "qbo"),
        )
    ]
    bills = []
    for b in range(3 if i == 3 else 14):
        due = TODAY + timedelta(days=b * 3 - 9)
        amount = 118_42 + b * 77_310 + i * 1_999
        known = b != 5
        bills.append(
            money
            | {
                "source_bill_id": f"qbo:{i}{b:02d}",
                "bill_id_qbo": f"{i}{b:02d}",
                "bill_id_ramp": None,
                "sync_token_qbo": "0",
                "counterparty_id": f"v{b % 10}",
                "vendor_name": VENDORS[b % 10],
                "vendor_id_qbo": str(b % 10),
                "vendor_id_ramp": f"rv{b % 10}" if known else None,
                "invoice_number": f"B-{100300 + i * 20 + b}",
                "total_minor": amount,
                "open_minor": amount,
                "bill_date": due - timedelta(days=30),
                "due_date": due,
                "days_overdue": max((TODAY - due).days, 0),
                "account_id_plaid": f"acc{i}",
                "is_vendor_new": b == 7,
                "duplicate_of": f"qbo:{i}02" if b == 9 else None,
                "duplicate_evidence": "same vendor, amount and number as bill B-100302" if b == 9 else None,
                "cash_after_minor": cash - amount,
                "is_payable_here": known,
                "not_payable_reason": None
                if known
                else "The vendor is not linked to a Ramp vendor; link it in Ramp first.",
            }
        )
    out["pub_open_bills"] = bills
    owed = sum(b["open_minor"] for b in bills)
    out["pub_aging"] = [
        money
        | {
            "side": side,
            "bucket": k,
            "bucket_order": n,
            "open_minor": amount,
            "document_count": amount // 300_000 + (amount > 0),
        }
        for side, total in (("payable", owed), ("receivable", 0 if i == 4 else owed * 2))
        for n, (k, amount) in enumerate(
            zip(BUCKETS, [total * 6 // 10, total * 2 // 10, total // 10, total // 10, 0], strict=True)
        )
    ]
    kinds = [
        ("unmatched_posting", "high"),
        ("missing_bill", "high"),
        ("duplicate_bill", "medium"),
        ("uncategorized", "low"),
        ("new_vendor", "low"),
    ]
    items = [] if i == 8 else kinds[: 2 + i % 4]
    out["pub_hygiene_items"] = [
        money
        | {
            "hygiene_item_id": f"h{i}{n}",
            "kind": kind,
            "severity": severity,
            "title": f"{kind.replace('_', ' ').capitalize()}: {VENDORS[n]}",
            "detail": "ACH debit without a bill in the books or in bill pay.",
            "remedy": "Enter the bill in QBO, or dismiss with the reason.",
            "amount_minor": 45_000 + n * 12_345,
            "item_date": TODAY - timedelta(days=n + 2),
            "rail": "plaid" if n != 2 else "qbo",
            "record_id": f"post{i}{n}" if n != 2 else f"{i}09",
            "counterparty_name": VENDORS[n],
            "evidence": "seen 4 times, usually $450.00 on day 22",
            "score_points": 5.0 - n,
            "rank": n + 1,
            "rank_reason": f"Removes about ${225 - n * 10} of uncertainty in about 4 minutes.",
            "uncertainty_minor": 22_500 - n * 1_000,
            "minutes": 4.0,
            "runway_days_uncertain": 0.4 if n else None,
            "owner_role": "bookkeeper",
            "first_seen_date": TODAY - timedelta(days=n),
            "age_days": n,
            "decision": None,
            "decision_reason": None,
        }
        for n, (kind, severity) in enumerate(items)
    ]
    out["pub_reconciliation"] = [
        money
        | {
            "posting_id_plaid": f"post{i}{n}",
            "account_id_plaid": f"acc{i}",
            "posted_date": TODAY - timedelta(days=n + 2),
            "description": f"ACH DEBIT {VENDORS[n % 10].upper()} XX{n}31",
            "counterparty_name": VENDORS[n % 10],
            "amount_minor": -(45_000 + n * 12_345),
            "status": "unmatched" if n < 2 else "matched",
            "reason": "no bill of this amount within ten days" if n < 2 else "amount and day agree",
            "rule": "amount_day",
            "match_score": None if n < 2 else 0.97,
            "matched_rail": None if n < 2 else "qbo",
            "matched_kind": None if n < 2 else "bill_payment",
            "matched_id": None if n < 2 else str(n),
        }
        for n in range(20)
    ]
    lines = out["pub_reconciliation"]
    # One line waits for a person: a record of its amount, three weeks away.
    lines[1] |= {"status": "proposed", "rule": "amount_day", "match_score": 0.71, "runner_up_score": 0.64}
    lines[1] |= {"matched_rail": "qbo", "matched_kind": "bill_payment", "matched_id": f"{i}91"}
    lines[1]["reason"] = "Two records of this amount fit almost equally well. Choose the right one."
    out["pub_certificates"] = [
        money
        | {
            "posting_id_plaid": line["posting_id_plaid"],
            "rail": "qbo",
            "kind": "bill_payment",
            "document_id": line["matched_id"],
            "status": line["status"],
            "match_id": f"m{line['posting_id_plaid']}",
            "method": line["rule"],
            "evidence": "equal amount, 1 day after it",
            "match_score": line["match_score"],
            "runner_up_score": line.get("runner_up_score"),
            "margin_score": line["match_score"] - (line.get("runner_up_score") or 0),
            "part_minor": line["amount_minor"],
            "document_minor": line["amount_minor"],
            "document_date": line["posted_date"] - timedelta(days=1),
            "document_reference": "INV-9",
            "document_party": line["counterparty_name"],
        }
        for line in lines
        if line["matched_id"]
    ]
    quality = 96 - i * 3
    out["pub_quality_scores"] = [
        money
        | {
            "component": c,
            "score": 100 - lost,
            "lost_points": float(lost),
            "measured_minor": 1_200_000,
            "failing_minor": 12_000 * lost,
            "explanation": e,
        }
        for c, lost, e in (
            ("overall", 100 - quality, "What would lift it most: one bank line."),
            ("proven", 100 - quality, "no other record says so"),
            ("categorized", 0, "nothing is lost here"),
            ("fresh", 0, "nothing is lost here"),
        )
    ]
    out["pub_quality_history"] = [
        money
        | {
            "rail": rail,
            "score_date": TODAY - timedelta(days=back),
            "quality_points": quality - back / 2,
            "readiness_points": quality - 2 - back / 2,
            "flow_minor": 1_200_000,
            "unproven_minor": 12_000 * (100 - quality),
            "uncategorized_minor": 0,
            "stale_minor": 0,
        }
        for rail in ("all", "qbo", "plaid")
        for back in (2, 1, 0)
    ]
    rails = []
    for r, rail in enumerate(("qbo", "plaid", "ramp", "stripe")):
        failed = i == 2 and rail == "stripe"
        absent = i in (0, 5) and rail == "stripe"
        stale = i == 9 and rail == "qbo"
        good = AS_OF - timedelta(hours=60 if stale else 74 if failed else 2 + r * 3)
        rails.append(
            base
            | {
                "rail": rail,
                "connection_id": f"k{i}{r}",
                "last_attempt_at": None if absent else AS_OF - timedelta(hours=1),
                "last_success_at": None if absent else good,
                "last_outcome": "failed" if failed else "ok",
                "reason_code": "token_revoked" if failed else None,
                "reason": "Stripe refused the key: it was revoked. Ask the client for a new restricted key."
                if failed
                else None,
                "freshness_hours": None if absent else (AS_OF - good).total_seconds() / 3600,
                "status": "failed" if failed else "absent" if absent else "stale" if stale else "fresh",
                "record_count": 0 if absent else 4_000 + r * 700,
            }
        )
    out["pub_rail_health"] = rails
    drivers = [
        ("Rent rose with the new lease", "hurts", -675_250, 50.0),
        ("Two receivables slipped", "hurts", -83_380, 6.0),
        ("Card spend below usual", "helps", 41_480, 3.1),
    ]
    out["pub_variances"] = [
        money
        | {
            "rank": n + 1,
            "driver": d,
            "direction": s,
            "amount_minor": a,
            "usual_minor": 500_000,
            "share_pct": p,
            "explanation": f"{d} against the mean of 8 weeks",
        }
        for n, (d, s, a, p) in enumerate(drivers)
    ]
    out["pub_accounts"] = [
        money
        | {
            "account_id_plaid": f"acc{i}",
            "account_name": "Operating checking",
            "mask": f"{4100 + i}",
            "account_type": "depository",
            "account_subtype": "checking",
            "is_cash": True,
            "available_minor": cash,
            "current_minor": cash + 12_000,
            "pending_minor": -12_000,
            "balance_at": AS_OF,
            "bank_account_id_ramp": f"rb{i}",
        }
    ]
    out["pub_portfolio"] = [
        money
        | {
            "client_name": name,
            "industry": industry,
            "advisor_mode": mode,
            "cash_available_minor": None if unknown else cash,
            "reserved_minor": 150_000,
            "buffer_minor": buffer,
            "gap_to_buffer_minor": None if unknown else gap,
            "average_daily_net_burn_minor": None if unknown else -50_000 if grows else burn,
            "runway_days": None if grows or unknown else (cash - 150_000) / burn,
            "runway_status": status,
            "status_reason": "The bank has not answered yet." if unknown else "cash against the client's own buffer",
            "confidence": "low" if unknown else "high" if i % 3 else "medium",
            "confidence_reason": "Bank and books are fresh; 97 % of bank lines are explained.",
            "quality_score": quality,
            "readiness_score": quality - 2,
            "preflight": "unknown" if unknown else "ok" if quality >= 82 else "needs_review",
            "readiness_reason": "Most is lost at the bank. What would lift it most: one bank line (2.00 points).",
            "hygiene_open_count": len(items),
            "ap_open_minor": owed,
            "ap_due_7d_minor": owed // 3,
            "ap_overdue_minor": owed // 10,
            "ar_open_minor": owed * 2,
            "ar_overdue_minor": owed * 4 // 10,
            "cash_lowest_minor": None if unknown else low["closing_balance_minor"],
            "lowest_week_start_date": None if unknown else low["week_start_date"],
            "oldest_rail_at": AS_OF - timedelta(hours=11),
            "failed_rail_count": int(i == 2),
        }
    ]
    return out


def publish(
    root: Path,
    snapshot_id: str = "s20261124T0600",
    *,
    clients: int = 12,
    shift: int = 0,
    advisor_id: str = ADVISOR,
    docs: bool = True,
) -> Path:
    """Writes a snapshot below root/published/<advisor> and moves the pointer to it; gives its folder."""
    folder = root / "published" / advisor_id / snapshot_id
    folder.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(str(folder / "snapshot.duckdb"))
    con.execute((Path(__file__).parent / "published_schema.sql").read_text())
    con.execute("begin")
    for i in range(clients):
        for table, rows in _client_rows(i, shift).items():
            _insert(con, table, [r | {"advisor_id": advisor_id} for r in rows])
    con.execute(
        "insert into pub_snapshot values (?, 'Harbor Advisory', ?, ?, ?, ?)", [advisor_id, TODAY, AS_OF, AS_OF, clients]
    )
    con.executemany("insert into pub_metrics values (?, ?, ?, ?, ?, ?)", METRICS)
    con.execute("commit")
    con.close()
    if docs:
        (folder / "dbt_docs.html").write_text(
            "<!doctype html><html lang='en'><title>dbt docs</title><h1>dbt docs</h1></html>"
        )
    point(root, snapshot_id, advisor_id=advisor_id)
    return folder


def point(root: Path, snapshot_id: str, *, advisor_id: str = ADVISOR, at: datetime = AS_OF) -> None:
    """Moves the pointer, the way publish does: write beside, then replace."""
    home = root / "published" / advisor_id
    note = {
        "snapshot_id": snapshot_id,
        "published_at": at.isoformat(),
        "as_of_at": AS_OF.isoformat(),
        "dbt_tests": {"passed": 812, "failed": 0},
        "gate": {"passed": 64, "failed": 0},
    }
    (home / "current.json.new").write_text(json.dumps(note))
    (home / "current.json.new").replace(home / "current.json")


def refuse(root: Path, at: datetime, reason: str, failures: list[str]) -> None:
    """Leaves the note of a publish that was turned down."""
    note = {"at": at.isoformat(), "reason": reason, "failures": failures}
    (root / "published" / ADVISOR / "refused.json").write_text(json.dumps(note))
