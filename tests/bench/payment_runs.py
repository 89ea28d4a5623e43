"""The real payment runs of `payment_runs_uk`, also with records withheld and with days made up for their bills."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from tests.beside import DATA

FOLDER = DATA / "payment_runs_uk"


@dataclass(frozen=True)
class Runs:
    """Bills and lines in the engine's columns, and the true pairs (bill, line) among them."""

    bills: pl.DataFrame
    lines: pl.DataFrame
    truth: pl.DataFrame


def payment_runs(folder: Path = FOLDER) -> Runs:
    """As published."""
    cents = (pl.col("amount").cast(pl.Float64) * 100).round(0).cast(pl.Int64)
    bills = pl.read_csv(folder / "bills.csv.gz", infer_schema=False).with_row_index("bill")
    lines = pl.read_csv(folder / "bank_lines.csv.gz", infer_schema=False).with_row_index("line")
    truth = pl.read_csv(folder / "matches_truth.csv.gz", infer_schema=False)
    truth = truth.join(bills.select("bill_id", "bill"), on="bill_id")
    truth = truth.join(lines.select("bank_line_id", "line"), on="bank_line_id")
    return Runs(
        bills.select(
            pl.col("bill").cast(pl.Int64), "supplier", cents=cents, month=(pl.col("month") + "-01").str.to_date()
        ),
        lines.select(pl.col("line").cast(pl.Int64), "description", cents=cents, day=pl.col("date").str.to_date()),
        truth.select(pl.col("bill", "line").cast(pl.Int64)),
    )


def withheld(runs: Runs, share: float, seed: int) -> Runs:
    """This share of the bills and of the lines left out at random."""
    rng = np.random.default_rng(seed)
    bills = runs.bills.filter(pl.Series(rng.random(runs.bills.height) >= share))
    lines = runs.lines.filter(pl.Series(rng.random(runs.lines.height) >= share))
    truth = runs.truth.join(bills, on="bill", how="semi").join(lines, on="line", how="semi")
    return Runs(bills, lines, truth)


def with_days(runs: Runs, seed: int) -> Runs:
    """Bills issued a supplier's usual 8 to 45 days before the line that pays them, give or take five."""
    rng = np.random.default_rng(seed)
    names = runs.bills["supplier"].unique().sort()
    usual = pl.DataFrame({"supplier": names, "usual": rng.integers(8, 46, len(names))})
    bills = runs.bills.join(runs.truth, on="bill").join(runs.lines.select("line", "day"), on="line")
    bills = bills.join(usual, on="supplier", maintain_order="left")
    lag = np.maximum(0, rng.normal(bills["usual"].to_numpy(), 5)).astype(np.int64)
    bills = bills.with_columns(day=pl.col("day") - pl.duration(days=pl.Series(lag)))
    return Runs(bills.select("bill", "supplier", "cents", "day"), runs.lines, runs.truth)
