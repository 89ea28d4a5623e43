"""What the snapshot of the console's tests tells of a client's data: what to clear, bank lines, quality, freshness."""

from __future__ import annotations

from datetime import timedelta

from tests.app.firm_clients import AS_OF, TODAY, VENDORS, Client, Tables


def tray(one: Client) -> Tables:
    """What a person has to clear."""
    i = one.position
    out: Tables = {}
    kinds = [
        ("unmatched_posting", "high"),
        ("missing_bill", "high"),
        ("duplicate_bill", "medium"),
        ("uncategorized", "low"),
        ("new_vendor", "low"),
    ]
    items = [] if i == 8 else kinds[: 2 + i % 4]
    out["pub_hygiene_items"] = [
        one.money
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
    return out


def bank_lines(one: Client) -> Tables:
    """Its bank lines, and what says where each belongs."""
    i = one.position
    out: Tables = {}
    out["pub_reconciliation"] = [
        one.money
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
        one.money
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
    return out


def data(one: Client) -> Tables:
    """How good and how fresh its data is."""
    i = one.position
    out: Tables = {}
    out["pub_quality_scores"] = [
        one.money
        | {
            "component": c,
            "score": 100 - lost,
            "lost_points": float(lost),
            "measured_minor": 1_200_000,
            "failing_minor": 12_000 * lost,
            "explanation": e,
        }
        for c, lost, e in (
            ("overall", 100 - one.quality, "What would lift it most: one bank line."),
            ("proven", 100 - one.quality, "no other record says so"),
            ("categorized", 0, "nothing is lost here"),
            ("fresh", 0, "nothing is lost here"),
        )
    ]
    out["pub_quality_history"] = [
        one.money
        | {
            "rail": rail,
            "score_date": TODAY - timedelta(days=back),
            "quality_points": one.quality - back / 2,
            "readiness_points": one.quality - 2 - back / 2,
            "flow_minor": 1_200_000,
            "unproven_minor": 12_000 * (100 - one.quality),
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
            one.base
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
    return out
