"""One hygiene item's records side by side: what the rail says, and what we know of it."""

from __future__ import annotations

import json

from app.components.cards import evidence_pair
from app.components.words import HYGIENE_KINDS, RAIL_NAMES, calm, dated, day, money, plain
from app.queries.hygiene import bill, posting
from app.queries.snapshot import Row, Scope

# What the evidence holds, in the reader's words; the rest of it is ids and restates what stands beside it.
EVIDENCE = {
    "evidence": "Why",
    "duplicate_of_bill_id_qbo": "Copy of QBO bill",
    "score": "Likeness",
    "usual_amount_minor": "Usual amount",
    "times_seen": "Times seen",
    "missing_score": "Likelihood",
    "match_score": "Best match",
    "account_name": "Account",
    "record_kind": "Record",
}


def _evidence(item: Row, said: set[str]) -> list[tuple[str, str]]:
    """The evidence that a build recorded, as label and value; what is said beside it already is left out."""
    stored = item["evidence"]
    if not stored:
        return [("Evidence", "none recorded")]
    try:
        found = json.loads(stored)
    except ValueError:
        return [("Evidence", stored)]
    if not isinstance(found, dict):
        return [("Evidence", stored)]
    pairs = []
    for name, label in EVIDENCE.items():
        value = found.get(name)
        if value is None or value == "":
            continue
        if name.endswith("_minor"):
            value = money(int(value), item["currency_code"])
        elif name.endswith("score") and isinstance(value, int | float):
            value = f"{value:.0f} of 100"
        if str(value) not in said:
            pairs.append((label, dated(str(value))))
    return pairs


def _bill_pairs(row: Row) -> list[tuple[str, str]]:
    return [
        ("Vendor", row["vendor_name"]),
        ("Invoice", row["invoice_number"] or "no number"),
        ("Open", money(row["open_minor"], row["currency_code"], cents=True)),
        ("Due", day(row["due_date"])),
    ]


def records(scope: Scope, client_id: str, item: Row) -> str:
    """What the rail says beside what we know of it."""
    left = [
        ("Rail", plain(item["rail"], RAIL_NAMES)),
        ("Record", (item["record_id"] or "none").replace(":", " ")),
        ("Counterparty", calm(item["counterparty_name"]) or "unknown"),
        (
            "Amount",
            money(item["amount_minor"], item["currency_code"], cents=True)
            if item["amount_minor"] is not None
            else "none",
        ),
        ("Day", day(item["item_date"])),
    ]
    right: list[tuple[str, str]] = []
    title = "What the other rails say"
    line = posting(scope, client_id, item["record_id"]) if item["record_id"] else None
    twin = bill(scope, client_id, item["record_id"]) if item["record_id"] and line is None else None
    if line is not None:
        title = "The bank line"
        matched = plain(line["matched_rail"], RAIL_NAMES)
        right = [
            ("Bank's text", line["description"]),
            ("Posted", day(line["posted_date"])),
            ("Amount", money(line["amount_minor"], line["currency_code"], cents=True)),
            ("Status", plain(line["status"])),
            (
                "Best candidate",
                f"{matched} {line['matched_kind']} {line['matched_id']}" if line["matched_id"] else "none found",
            ),
        ]
    elif twin is not None:
        title, right = "The bill it stands on", _bill_pairs(twin)
        original = bill(scope, client_id, twin["duplicate_of"]) if item["kind"] == "duplicate_bill" else None
        if original is not None:
            left = [("Record", f"QBO bill {item['record_id']}"), *right, ("Dated", day(item["item_date"]))]
            title, right = "The bill that it may copy", _bill_pairs(original)
    right.extend(_evidence(item, {value for _, value in (*left, *right)}))
    return evidence_pair(plain(item["kind"], HYGIENE_KINDS), left, title, right)
