"""What is known of an invoice on the day it is issued, as numbers; and whose it is, as indices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from dbt_project.methods.days_to_pay.hierarchy import Floats, Ints

# A column needs this many different rows to say anything.
ROWS_LEAST = 10


@dataclass(frozen=True)
class Known:
    """How columns were made comparable: learned on the history, applied to what is asked."""

    mean: Floats
    deviation: Floats
    parties: dict[str, int]
    segments: dict[str, int]

    @classmethod
    def of(cls, history: pl.DataFrame) -> Known:
        """Means, deviations and names of the history."""
        raw = _columns(history)
        with_values = np.sum(~np.isnan(raw), axis=0) >= ROWS_LEAST
        mean = np.array([np.nanmean(raw[:, at]) if ok else 0.0 for at, ok in enumerate(with_values)])
        deviation = np.array([np.nanstd(raw[:, at]) if ok else 0.0 for at, ok in enumerate(with_values)])
        named = [history[name].unique(maintain_order=True).to_list() for name in ("party", "segment")]
        parties, segments = ({name: at for at, name in enumerate(names)} for names in named)
        return cls(mean, deviation, parties, segments)

    def matrix(self, rows: pl.DataFrame) -> Floats:
        """rows × columns, standardised; what is not known, and what never differs, says nothing."""
        raw = (_columns(rows) - self.mean) / np.where(self.deviation > 0, self.deviation, np.inf)
        # Far outside what was seen, an effect is not carried on.
        return np.clip(np.nan_to_num(raw), -4, 4)

    def places(self, rows: pl.DataFrame) -> tuple[Ints, Ints]:
        """Party and segment of each row as indices; -1 for one that is new."""
        out = []
        for name, known in (("party", self.parties), ("segment", self.segments)):
            found = rows[name].replace_strict(known, default=-1, return_dtype=pl.Int64) if known else None
            out.append(np.full(rows.height, -1) if found is None else found.to_numpy())
        return out[0], out[1]


def _columns(rows: pl.DataFrame) -> Floats:
    """Terms, the amount's magnitude, paper or not, and where in the month the day lies; NaN where unknown."""
    angle = 2 * np.pi * pl.col("invoice_date").dt.day() / 31
    frame = rows.select(
        pl.col("term_days").cast(pl.Float64),
        pl.col("amount").abs().log1p(),
        pl.col("is_electronic").cast(pl.Float64),
        angle.sin().alias("month_sine"),
        angle.cos().alias("month_cosine"),
    )
    return frame.fill_null(float("nan")).to_numpy().astype(np.float64)
