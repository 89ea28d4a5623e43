"""Re-checks a match's certificate against the records alone. Standard library only; it shares nothing with the matcher.

What it proves of every certificate: the lines and records exist and are this client's; their cents add up to what is
stated, but for a stated fee within the fee rule; the days are within the method's window; no line and no record stands
in two applied matches of a rail; the stated margin is the one between the stated scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from math import exp
from typing import Any

Fault = tuple[str, str, str]
# client, posting id, cents, currency, day
Line = tuple[str, str, int, str, date]
# client, rail, kind, side, id, cents, currency, day
Record = tuple[str, str, str, str, str, int, str, date]

# Days from record to line, earliest and latest, by method; equal amounts have the widest of the exact ones.
WINDOWS = {"bill, no payment recorded": (-7, 120), "payout before fees": (-7, 7)}
EQUAL_AMOUNT_WINDOW, SUM_WINDOW = (-7, 14), (-2, 5)
EQUAL = {"amount and reference", "amount and name", "amount and date", "amount alone"}
# A fee is at most this share of the records on the way in, or this many cents on the way out.
FEE_SHARE, FEE_CENTS_IN, FEE_CENTS_OUT = 0.035, 300, 5_000
MAY_HOLD_A_FEE = {"deposit less a fee", "payment and a fee"}
STATED_FEE = "payout before fees"


def faults(certificates: Iterable[Mapping[str, Any]], lines: Iterable[Line], records: Iterable[Record]) -> list[Fault]:
    """What does not hold.

    Args:
        certificates: match_id, client_id, rail, status, method, posting_ids_plaid, documents ("kind|side|id"),
            lines_minor, parts_minor, fee_minor, currency_code, match_score, runner_up_score, margin.
        lines: every bank line: client, id, cents, currency, day.
        records: every document: client, rail, kind, side, id, cents, currency, day.

    Returns:
        client_id, match_id, fault: one sentence for each thing that is not as the certificate says.
    """
    known_lines = {(client, key): (cents, currency, day) for client, key, cents, currency, day in lines}
    known_records = {
        (client, rail, f"{kind}|{side}|{key}"): (cents, currency, day)
        for client, rail, kind, side, key, cents, currency, day in records
    }
    used: dict[tuple[str, str, str], str] = {}
    found: list[Fault] = []
    for one in certificates:
        client, match = str(one["client_id"]), str(one["match_id"])
        # A person's word needs no proof, but what it uses is used.
        if one["method"] != "person":
            found += [(client, match, fault) for fault in _one(one, known_lines, known_records)]
        for key in (*one["posting_ids_plaid"], *one["documents"]) if one["status"] == "matched" else ():
            other = used.setdefault((client, str(one["rail"]), key), match)
            if other != match and one["method"] != "person":
                found.append((client, match, f"{key} is in match {other} too"))
    return found


def _one(one: Mapping[str, Any], lines: Mapping[Any, Any], records: Mapping[Any, Any]) -> Iterator[str]:
    client, method, fee = one["client_id"], one["method"], one["fee_minor"]
    paid = [lines[client, key] for key in one["posting_ids_plaid"] if (client, key) in lines]
    owed = [records[client, one["rail"], key] for key in one["documents"] if (client, one["rail"], key) in records]
    is_there = len(paid) == len(one["posting_ids_plaid"]) and len(owed) == len(one["documents"])
    if not paid or not owed or not is_there:
        yield "a line or record of it does not exist"
        return
    if len(set(one["posting_ids_plaid"])) < len(paid) or len(set(one["documents"])) < len(owed):
        yield "a line or record stands in it twice"
    line_sum, record_sum = sum(cents for cents, _, _ in paid), sum(cents for cents, _, _ in owed)
    if line_sum != one["lines_minor"] or record_sum != one["parts_minor"]:
        yield f"its sums are {line_sum} and {record_sum}, not {one['lines_minor']} and {one['parts_minor']}"
    if line_sum != record_sum + fee:
        yield f"lines {line_sum} are not records {record_sum} and fee {fee}"
    if len({cents > 0 for cents, _, _ in (*paid, *owed)}) > 1 and len(owed) == 1:
        yield "line and record go in opposite directions"
    if {currency for _, currency, _ in (*paid, *owed)} != {one["currency_code"]}:
        yield "currencies differ"
    most = max(FEE_CENTS_IN, int(abs(record_sum) * FEE_SHARE)) if line_sum > 0 else FEE_CENTS_OUT
    if fee and method != STATED_FEE and (method not in MAY_HOLD_A_FEE or not 0 < -fee <= most):
        yield f"a fee of {fee} is not allowed for {method}"
    early, late = WINDOWS.get(method, EQUAL_AMOUNT_WINDOW if method in EQUAL else SUM_WINDOW)
    days = [(line[2] - record[2]).days for line in paid for record in owed]
    if min(days) < early or max(days) > late:
        yield f"days {min(days)} to {max(days)} are outside of {early} to {late}"
    score, rival, margin = one["match_score"], one["runner_up_score"], one["margin"]
    if not 0 <= score <= 1:
        yield f"score {score} is no probability"
    if (rival is None) != (margin is None) or (rival is not None and abs(rival - score * exp(-max(margin, 0))) > 1e-6):
        yield f"margin {margin} does not lie between {score} and {rival}"
