"""What the snapshot of the console's tests tells of a client's money: weeks, bills, accounts, and where it stands."""

from __future__ import annotations

from datetime import date, timedelta

from tests.app.firm_clients import AS_OF, NAMES, TODAY, VENDORS, Client, Tables

MONDAY = date(2026, 11, 23)
MISSING_MINOR = 64_400
BUCKETS = ["current", "1_30", "31_60", "61_90", "over_90"]


def cash(one: Client) -> Tables:
    """Its weeks, what moves in them, what drives them, and where the money lies."""
    i = one.position
    out: Tables = {}
    weeks, balance = [], one.cash - 8 * 90_000
    for n in [*range(-8, 0), *range(1, 14)]:
        inflow, outflow = (
            900_000 + (n * 37_777 + i * 91_111) % 700_000,
            -(850_000 + (n * n * 21_111 + i * 33_000) % 900_000),
        )
        opening, balance = balance, balance + inflow + outflow
        start = MONDAY + timedelta(days=7 * (n if n < 0 else n - 1))
        spread = 60_000 * n if n > 0 else 0
        weeks.append(
            one.money
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
                "buffer_minor": one.buffer,
                "is_below_buffer": balance < one.buffer,
                # The further ahead, the nearer to even.
                "breach_probability": (0.9 if balance < one.buffer else 0.1 + n / 50) if n > 0 else None,
                "closing_balance_minor_with_missing": balance - MISSING_MINOR * (i == 0 and n >= 4),
                "breach_probability_with_missing": (0.95 if balance < one.buffer else 0.2 + n / 50) if n > 0 else None,
            }
        )
    out["pub_cash_weeks"] = [] if one.is_unknown else weeks
    ahead = [w for w in weeks if w["is_forecast"]]
    # The first client's books lack one bill.
    out["pub_missing_bills"] = [
        one.money
        | {
            "hygiene_item_id": "e1",
            "counterparty_name": "Alder Hosting",
            "week_number": 4,
            "amount_minor": -MISSING_MINOR,
            "probability": 0.96,
            "expected_date": MONDAY + timedelta(days=23),
            "basis": "Alder Hosting bills monthly (12 seen).",
        }
    ] * (i == 0)
    out["pub_cash_lines"] = [
        one.money
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
        for w in ([] if one.is_unknown else ahead)
        for flow, label, amount, basis, rail in (
            ("receivables", "Globex INV-2213", w["inflow_minor"], "usually pays 9 days late", "qbo"),
            ("payroll", "Payroll", w["outflow_minor"] // 2, "every second Friday", "plaid"),
            ("bills", "Uline B-100385", w["outflow_minor"] - w["outflow_minor"] // 2, "due date", "qbo"),
        )
    ]
    drivers = [
        ("Rent rose with the new lease", "hurts", -675_250, 50.0),
        ("Two receivables slipped", "hurts", -83_380, 6.0),
        ("Card spend below usual", "helps", 41_480, 3.1),
    ]
    out["pub_variances"] = [
        one.money
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
        one.money
        | {
            "account_id_plaid": f"acc{i}",
            "account_name": "Operating checking",
            "mask": f"{4100 + i}",
            "account_type": "depository",
            "account_subtype": "checking",
            "is_cash": True,
            "available_minor": one.cash,
            "current_minor": one.cash + 12_000,
            "pending_minor": -12_000,
            "balance_at": AS_OF,
            "bank_account_id_ramp": f"rb{i}",
        }
    ]
    return out


def bills(one: Client) -> Tables:
    """What it owes and is owed."""
    i = one.position
    out: Tables = {}
    open_bills = []
    for b in range(3 if i == 3 else 14):
        due = TODAY + timedelta(days=b * 3 - 9)
        amount = 118_42 + b * 77_310 + i * 1_999
        known = b != 5
        open_bills.append(
            one.money
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
                "cash_after_minor": one.cash - amount,
                "is_payable_here": known,
                "not_payable_reason": None
                if known
                else "The vendor is not linked to a Ramp vendor; link it in Ramp first.",
            }
        )
    out["pub_open_bills"] = open_bills
    out["pub_open_invoices"] = [
        one.money
        | {
            "source_invoice_id": f"qbo:i{i}{n}",
            "counterparty_id": f"k{n}",
            "customer_name": customer,
            "invoice_number": f"S-{2200 + n}",
            "source_rail": "qbo",
            "total_minor": 500_000 + n * 10_000,
            "open_minor": 500_000 + n * 10_000,
            "invoice_date": TODAY - timedelta(days=30 + late),
            "due_date": TODAY - timedelta(days=late),
            "days_overdue": max(late, 0),
            "expected_date": TODAY + timedelta(days=9),
            "expected_paid_date": TODAY + timedelta(days=9) if chance is not None else None,
            "earliest_paid_date": TODAY + timedelta(days=4) if chance is not None else None,
            "latest_paid_date": TODAY + timedelta(days=16) if chance is not None else None,
            "late_probability": chance,
            "late_30_days_probability": None if chance is None else chance / 2,
            "settled_invoices": 0 if chance is None else 12,
            "payment_basis": "Too little history to say"
            if chance is None
            else "This customer has paid 12 invoices like it before, half of them within 41 days",
        }
        for n, (customer, late, chance) in enumerate(
            (("Globex", 12, 1.0), ("Initech", -5, 0.83), ("Umbrella", -9, 0.04), ("Newcomer", -20, None))
        )
    ]
    owed = sum(b["open_minor"] for b in open_bills)
    out["pub_aging"] = [
        one.money
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
    return out


def summary(one: Client, told: Tables) -> Tables:
    """The client itself, and its line of the portfolio."""
    i = one.position
    out: Tables = {}
    name, industry, mode = NAMES[i]
    burn = 210_000 + i * 17_300
    grows = i == 8
    gap = one.cash - 150_000 - one.buffer
    status = (
        "unknown"
        if one.is_unknown
        else "on_track"
        if gap >= 0
        else "watch"
        if one.cash >= 0.6 * one.buffer
        else "at_risk"
    )
    ahead = [week for week in told["pub_cash_weeks"] if week["is_forecast"]]
    low = min(ahead, key=lambda week: week["closing_balance_minor"], default=None)
    owed = sum(bill["open_minor"] for bill in told["pub_open_bills"])
    out["pub_clients"] = [
        one.money
        | {
            "client_name": name,
            "industry": industry,
            "advisor_mode": mode,
            "time_zone": "America/New_York",
            "buffer_minor": one.buffer,
            "readiness_minimum": 80,
        }
    ]
    # The second client is new: nothing of it is scored yet.
    out["pub_forecast_accuracy"] = [
        one.money
        | {
            "bucket": bucket,
            "week_number": week,
            "forecast_count": 14 - week,
            "actual_minor": 1_000_000 * share,
            "error_minor": (150_000 + 10_000 * week) * share,
            "due_date_error_minor": 400_000 * share,
            "last_year_error_minor": 300_000 * share,
            "mean_13_error_minor": 250_000 * share,
        }
        for bucket, share in (("all", 3), ("bills", 2), ("receivables", 1))
        for week in range(1, 14)
        if i != 1
    ]
    out["pub_portfolio"] = [
        one.money
        | {
            "client_name": name,
            "industry": industry,
            "advisor_mode": mode,
            "cash_available_minor": None if one.is_unknown else one.cash,
            "reserved_minor": 150_000,
            "buffer_minor": one.buffer,
            "gap_to_buffer_minor": None if one.is_unknown else gap,
            "average_daily_net_burn_minor": None if one.is_unknown else -50_000 if grows else burn,
            "runway_days": None if grows or one.is_unknown else (one.cash - 150_000) / burn,
            "runway_days_low": None if grows or one.is_unknown else (one.cash - 150_000) / burn * 0.8,
            "runway_days_high": None if grows or one.is_unknown else (one.cash - 150_000) / burn * 1.4,
            "runway_status": status,
            "status_reason": "The bank has not answered yet."
            if one.is_unknown
            else "cash against the client's own buffer",
            "confidence": "low" if one.is_unknown else "high" if i % 3 else "medium",
            "confidence_reason": "Bank and books are fresh; 97 % of bank lines are explained.",
            "quality_score": one.quality,
            "readiness_score": one.quality - 2,
            "preflight": "unknown" if one.is_unknown else "ok" if one.quality >= 82 else "needs_review",
            "readiness_reason": "Most is lost at the bank. What would lift it most: one bank line (2.00 points).",
            "hygiene_open_count": len(told["pub_hygiene_items"]),
            "ap_open_minor": owed,
            "ap_due_7d_minor": owed // 3,
            "ap_overdue_minor": owed // 10,
            "ar_open_minor": owed * 2,
            "ar_overdue_minor": owed * 4 // 10,
            "cash_lowest_minor": low and low["closing_balance_minor"],
            "lowest_week_start_date": low and low["week_start_date"],
            "oldest_rail_at": AS_OF - timedelta(hours=11),
            "failed_rail_count": int(i == 2),
        }
    ]
    return out
