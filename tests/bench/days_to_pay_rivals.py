"""What is usual for days to pay: the due date, the customer's own past, and boosting on figures of that past."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor


class Said(NamedTuple):
    """A method's days, its 80 % range and the chance to be late, one per invoice; None where it says nothing."""

    days: np.ndarray
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    late: np.ndarray | None = None


def due_date(after: pl.DataFrame) -> Said:
    """Everybody pays on the due date."""
    return Said(after["term_days"].to_numpy().astype(float))


def customers_past(history: pl.DataFrame, after: pl.DataFrame) -> Said:
    """The customer's median so far, its tenth and ninetieth hundredth, and its share of late invoices.

    A new customer gets those of all invoices settled before.
    """
    rows = []
    for day in after["invoice_date"].unique().sort():
        known = _settled(history, day)
        figures = [
            pl.col("took").median().alias("median"),
            pl.col("took").quantile(0.1).alias("low"),
            pl.col("took").quantile(0.9).alias("high"),
            pl.col("was_late").mean().alias("late"),
        ]
        asked = after.with_row_index("row").filter(pl.col("invoice_date") == day).select("row", "party")
        of_all = known.select(figures)
        found = asked.join(known.group_by("party").agg(figures), on="party", how="left")
        rows.append(found.with_columns(pl.col(name).fill_null(of_all[name][0]) for name in of_all.columns))
    table = pl.concat(rows).sort("row")
    return Said(*(table[name].to_numpy() for name in ("median", "low", "high", "late")))


def boosted(
    history: pl.DataFrame, before: pl.DataFrame, after: pl.DataFrame, loss: str = "squared_error", **settings: float
) -> Said:
    """Histogram gradient boosting on the customer's past as of each invoice and on what is known at issue.

    The model is learned from `before`; the figures of the past go on with `history`, in the rival's favour.
    """
    known, asked = _columns(history, before), _columns(history, after)
    took = (before["settled_date"] - before["invoice_date"]).dt.total_days().to_numpy()
    regressor = HistGradientBoostingRegressor(loss=loss, random_state=0, **settings).fit(known, took)
    late = HistGradientBoostingClassifier(random_state=0, **settings).fit(known, took > before["term_days"].to_numpy())
    low, high = (
        HistGradientBoostingRegressor(loss="quantile", quantile=share, random_state=0, **settings)
        .fit(known, took)
        .predict(asked)
        for share in (0.1, 0.9)
    )
    return Said(regressor.predict(asked), low, high, late.predict_proba(asked)[:, 1])


def _settled(history: pl.DataFrame, day: object) -> pl.DataFrame:
    took = (pl.col("settled_date") - pl.col("invoice_date")).dt.total_days()
    known = history.filter(pl.col("settled_date") < pl.lit(day)).sort("settled_date")
    return known.with_columns(took.alias("took"), (took > pl.col("term_days")).alias("was_late"))


def _columns(history: pl.DataFrame, rows: pl.DataFrame) -> np.ndarray:
    """rows × columns: the customer's median, mean, spread, share late, last, mean of the last three, count; others."""
    past = np.full((rows.height, 7), np.nan)
    parties = rows["party"].to_numpy()
    days = rows["invoice_date"].to_numpy()
    for day in np.unique(days):
        known = _settled(history, day)
        by_party = known.group_by("party").agg(
            pl.col("took").median().alias("median"),
            pl.col("took").mean().alias("mean"),
            pl.col("took").std().alias("spread"),
            pl.col("was_late").mean().alias("late"),
            pl.col("took").last().cast(pl.Float64).alias("last"),
            pl.col("took").tail(3).mean().alias("last_three"),
            pl.len().cast(pl.Float64).alias("count"),
        )
        at = np.flatnonzero(days == day)
        found = pl.DataFrame({"party": parties[at]}).join(by_party, on="party", how="left", maintain_order="left")
        past[at] = found.drop("party").fill_null(np.nan).to_numpy()
    segments = history["segment"].unique().sort()
    rest = rows.select(
        pl.col("amount"),
        pl.col("term_days").cast(pl.Float64),
        pl.col("is_electronic").cast(pl.Float64),
        pl.col("segment").replace_strict(segments, list(range(len(segments))), return_dtype=pl.Float64),
        pl.col("invoice_date").dt.weekday().cast(pl.Float64).alias("weekday"),
        pl.col("invoice_date").dt.month().cast(pl.Float64).alias("month"),
    ).to_numpy()
    return np.column_stack([past, rest])
