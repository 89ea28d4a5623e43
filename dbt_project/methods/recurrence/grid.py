"""A ledger as a grid: one row per supplier, one column per month, with what the history of a bill is judged by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

EPOCH = date(1970, 1, 1)
# Fewer months than this never make a supplier regular, and most of a ledger's suppliers are one-off.
MONTHS_SEEN_LOWEST = 5


@dataclass(frozen=True, slots=True)
class Grid:
    """One entity's documents by supplier (rows) and month (columns, without gaps)."""

    suppliers: list[str]
    """Names, in the order of the rows."""
    month_first: int
    """Months since year 0 of the first column: year * 12 + month - 1."""
    starts: Ints
    """Day number (since 1970-01-01) on which each month starts, and on which the month after the last one starts."""
    documents: Floats
    """Documents in the month."""
    days: Floats
    """Distinct days with a document."""
    first_day: Floats
    """Day number of the month's first document; nan in a month without one."""
    last_day: Floats
    """Day number of the month's last document; nan in a month without one."""
    amounts: Floats
    """Sum of the month's amounts, major or minor units alike."""
    groups: Ints
    """Code of the category of the supplier's last document up to the month; -1 before its first."""
    all_documents: Floats
    """Documents of the entity per month, suppliers that are no rows included."""
    latest_day: Floats
    """Day number of the entity's last document of the month; nan in a month without one."""

    @property
    def months(self) -> int:
        """Number of months."""
        return len(self.starts) - 1

    def month_text(self, column: int) -> str:
        """The column's month as `YYYY-MM`."""
        year, month = divmod(self.month_first + column, 12)
        return f"{year:04d}-{month + 1:02d}"


def month_number(column: str) -> pl.Expr:
    """Months since year 0 of a Date column."""
    return pl.col(column).dt.year().cast(pl.Int64) * 12 + pl.col(column).dt.month().cast(pl.Int64) - 1


def month_start(month: int) -> int:
    """Day number of a month's first day."""
    year, index = divmod(month, 12)
    return (date(year, index + 1, 1) - EPOCH).days


def grid(ledger: pl.DataFrame) -> Grid:
    """Lay one entity's documents out by supplier and month.

    Args:
        ledger: at least one row per document: supplier (String), date (Date), amount (any number), category (String,
            may be null).

    Returns:
        Rows only for suppliers seen in at least five months; the months from the ledger's first to its last.
    """
    seen = ledger.select(
        "supplier",
        "amount",
        pl.col("category").fill_null("").rank("dense").cast(pl.Int64).alias("category"),
        month_number("date").alias("month"),
        pl.col("date").to_physical().cast(pl.Int64).alias("day"),
    )
    first, last = (int(seen["month"].min()), int(seen["month"].max()))  # type: ignore[arg-type]
    count = last - first + 1
    all_documents, latest_day = np.zeros(count), np.full(count, np.nan)
    totals = seen.group_by("month").agg(pl.len(), pl.col("day").max())
    all_documents[totals["month"].to_numpy() - first] = totals["len"].to_numpy()
    latest_day[totals["month"].to_numpy() - first] = totals["day"].to_numpy()
    cells = (
        seen.sort("supplier", "day", "category", "amount")
        .group_by("supplier", "month", maintain_order=True)
        .agg(
            pl.len().alias("documents"),
            pl.col("day").n_unique().alias("days"),
            pl.col("day").min().alias("first_day"),
            pl.col("day").max().alias("last_day"),
            pl.col("amount").sum().cast(pl.Float64).alias("amounts"),
            pl.col("category").last(),
        )
        .filter(pl.len().over("supplier") >= MONTHS_SEEN_LOWEST)
    )
    suppliers = cells["supplier"].unique().sort().to_list()
    row = cells["supplier"].cast(pl.Enum(suppliers)).to_physical().to_numpy().astype(np.int64)
    column = cells["month"].to_numpy() - first

    def laid(name: str, empty: float) -> Floats:
        out = np.full((len(suppliers), count), empty)
        out[row, column] = cells[name].to_numpy()
        return out

    group = laid("category", -1).astype(np.int64)
    for at in range(1, count):
        group[:, at] = np.where(group[:, at] < 0, group[:, at - 1], group[:, at])
    return Grid(
        suppliers=suppliers,
        month_first=first,
        starts=np.array([month_start(first + at) for at in range(count + 1)], dtype=np.int64),
        documents=laid("documents", 0),
        days=laid("days", 0),
        first_day=laid("first_day", np.nan),
        last_day=laid("last_day", np.nan),
        amounts=laid("amounts", 0),
        groups=group,
        all_documents=all_documents,
        latest_day=latest_day,
    )
