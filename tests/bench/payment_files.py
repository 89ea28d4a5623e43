"""Made-up bills and bank lines of any size and of a realistic shape, with the pairs that are right."""

from __future__ import annotations

import numpy as np
import polars as pl

SYLLABLES = [
    "BA",
    "CO",
    "DE",
    "FI",
    "GO",
    "HA",
    "JO",
    "KE",
    "LA",
    "MO",
    "NE",
    "PA",
    "RI",
    "SO",
    "TU",
    "VA",
    "WE",
    "YO",
    "ZE",
    "CRA",
    "STO",
    "BRI",
    "PLE",
]
TRADES = [
    "BUILDERS",
    "CARE",
    "CATERING",
    "CLEANING",
    "ELECTRICAL",
    "FOODS",
    "FREIGHT",
    "MOTORS",
    "PAPER",
    "PLUMBING",
    "PRINT",
    "SECURITY",
    "TRAVEL",
]
FORMS = ["LTD", "LIMITED", "PLC", "LLP", "& SONS", ""]


def made(lines: int, seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Bills, bank lines and true pairs.

    A supplier bills some ten times a month; four lines in five pay one bill, one in five pays two to seven; one in
    fifty pays nothing that is known, and as many bills are not paid. One bill in ten recurs at the same amount.
    """
    rng = np.random.default_rng(seed)
    suppliers = max(40, lines // 200)
    names = _names(rng, suppliers)
    supplier = rng.integers(0, suppliers, lines)
    day = rng.integers(0, 730, lines)
    size = np.where(
        rng.random(lines) < 0.2, rng.choice([2, 3, 4, 5, 6, 7], lines, p=[0.5, 0.2, 0.12, 0.08, 0.06, 0.04]), 1
    )
    known = rng.random(lines) >= 0.02
    at_line = np.repeat(np.arange(lines), size)
    usual = rng.integers(5, 46, suppliers)
    level = rng.normal(7.2, 0.9, suppliers)
    cents = np.maximum(100, np.exp(rng.normal(level[supplier[at_line]], 0.8)) * 100).astype(np.int64)
    recurring = rng.random(len(cents)) < 0.1
    cents = np.where(recurring, (np.exp(level[supplier[at_line]]) * 100).astype(np.int64) // 500 * 500 + 500, cents)
    lag = np.maximum(0, rng.normal(usual[supplier[at_line]], 4).astype(np.int64))
    total = np.bincount(at_line, weights=cents).astype(np.int64)
    start = np.datetime64("2024-01-01")
    line_ids, bill_ids = np.arange(lines), rng.permutation(len(at_line))
    bank = pl.DataFrame(
        {
            "bank_line_id": pl.Series(line_ids).cast(pl.String).str.zfill(8),
            "date": start + day,
            "description": pl.Series(names).gather(supplier).str.slice(0, 18),
            "amount": total / 100,
        }
    )
    bills = pl.DataFrame(
        {
            "bill_id": pl.Series(bill_ids).cast(pl.String).str.zfill(8),
            "issued_date": start + day[at_line] - lag,
            "supplier": pl.Series(names).gather(supplier[at_line]),
            "amount": cents / 100,
            "line": at_line,
        }
    )
    # The bills of an unknown line never came; the lines of an unpaid bill neither.
    unpaid = rng.random(len(bills)) < 0.02
    kept = known[at_line] | unpaid
    truth = bills.filter(pl.Series(known[at_line])).select(
        "bill_id", bank_line_id=bank["bank_line_id"].gather(bills.filter(pl.Series(known[at_line]))["line"])
    )
    return bills.filter(pl.Series(kept)).drop("line").sort("bill_id"), bank, truth


def _names(rng: np.random.Generator, count: int) -> list[str]:
    words = rng.integers(0, len(SYLLABLES), (count, 3))
    trade, form = rng.integers(0, len(TRADES), count), rng.integers(0, len(FORMS), count)
    return [
        f"{''.join(SYLLABLES[at] for at in word)} {TRADES[t]} {FORMS[f]}".strip()
        for word, t, f in zip(words.tolist(), trade.tolist(), form.tolist(), strict=True)
    ]
