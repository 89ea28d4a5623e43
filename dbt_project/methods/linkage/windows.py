"""How far apart in days and in amount two sides of one payment can be, read off the files themselves.

Rows whose memo, or exact amount, is the only one of its kind on both sides are *anchors*: most of them are true pairs
and the rest are pairs by chance, which spread evenly. What rises above that even floor is what payments do.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import polars as pl
from numpy.typing import NDArray

DAYS_MAX = 95
RATIO_MAX = 0.5
RATIO_BIN = 0.005
# Fewer anchors than this say nothing; then the wide windows below stand.
ANCHORS_MIN = 40
DAYS_WIDE = (-10, 35)
RATIO_WIDE = (-0.16, 0.16)
# Standard deviations above the floor of chance: with some hundred bins looked at, fewer would take noise for payments.
CLEAR = 5.0
# Bins without a payment that still lie between payments: a week of days.
GAP = 7
# A fixed fee shows in at least this share of anchors.
FEE_SHARE = 0.01
FEES_MAX = 12


@dataclass(frozen=True, slots=True)
class Windows:
    """What a candidate may differ by.

    Attributes:
        days: first and last day of the destination after the origin.
        ratio: lowest and highest ln(destination amount / origin amount).
        fees: differences in minor units (destination - origin) that recur, allowed whatever their ratio.
        anchors: how many pairs this was read off; 0 when the wide windows stand.
    """

    days: tuple[int, int]
    ratio: tuple[float, float]
    fees: tuple[int, ...]
    anchors: int

    @property
    def wide(self) -> Windows:
        """At least the windows of files that say nothing: affordable where there are few rows, and blind to no tail."""
        return Windows(
            (min(self.days[0], DAYS_WIDE[0]), max(self.days[1], DAYS_WIDE[1])),
            (min(self.ratio[0], RATIO_WIDE[0]), max(self.ratio[1], RATIO_WIDE[1])),
            self.fees,
            self.anchors,
        )


def windows(origin: pl.DataFrame, destination: pl.DataFrame) -> Windows:
    """Read the windows off two frames of row, block, day, minor and memo (see `link`)."""
    anchors = _anchors(origin, destination)
    few = len(anchors) < ANCHORS_MIN
    first, last = DAYS_WIDE if few else _risen(anchors["days"].to_numpy().astype(np.float64), DAYS_MAX, 1.0)
    inside = anchors.filter(pl.col("days").is_between(first, last))
    # An anchor by equal amount says nothing about how amounts differ.
    by_memo = inside.filter(pl.col("by_memo"))["ratio"].to_numpy()
    low, high = _risen(by_memo, RATIO_MAX, RATIO_BIN) if len(by_memo) >= ANCHORS_MIN else RATIO_WIDE
    differences = inside.filter(pl.col("difference") != 0)["difference"].value_counts().sort("count", "difference")
    often = differences.filter(pl.col("count") >= max(3.0, FEE_SHARE * len(inside)))
    fees = tuple(sorted(often["difference"].tail(FEES_MAX).to_list()))
    return Windows((round(first), round(last)), (low, high), fees, len(anchors))


def _anchors(origin: pl.DataFrame, destination: pl.DataFrame) -> pl.DataFrame:
    """Pairs whose memo or whose amount stands once on each side; days, ratio and difference of each."""
    with duckdb.connect() as database:
        database.register("origin", origin)
        database.register("destination", destination)
        sides = "\nunion all\n".join(
            f"""select o.row as o, d.row as d, {key == "memo"} as by_memo, d.day - o.day as days,
                ln(greatest(d.minor, 1) / greatest(o.minor, 1)) as ratio, d.minor - o.minor as difference
            from (select * from origin where {kept} qualify count(*) over (partition by block, {key}) = 1) as o
            inner join (select * from destination where {kept} qualify count(*) over (partition by block, {key}) = 1)
                as d on o.block = d.block and o.{key} = d.{key} and {sure}"""
            for key, kept, sure in (
                # Long enough that only a payment repeats it.
                ("memo", "length(memo) >= 8", "true"),
                # An equal amount alone is chance in a large file; the first letters must agree too.
                ("minor", "minor >= 1000 and memo <> ''", "left(o.memo, 3) = left(d.memo, 3)"),
            )
        )
        return database.execute(
            f"""select * from ({sides}) where days between -{DAYS_MAX} and {DAYS_MAX}
            and ratio between -{RATIO_MAX} and {RATIO_MAX} qualify by_memo = max(by_memo) over (partition by o, d)
            order by o, d"""
        ).pl()


def _risen(values: NDArray[np.float64], limit: float, width: float) -> tuple[float, float]:
    """The span in which values stand above the even floor of chance, with a fifth of it more on either side."""
    bins = round(limit / width)
    at = np.clip(np.rint(values / width).astype(np.int64) + bins, 0, 2 * bins)
    counts = np.bincount(at, minlength=2 * bins + 1)
    three = np.convolve(counts, np.ones(3), "same")
    outer = np.abs(np.arange(-bins, bins + 1)) > 0.6 * bins
    floor = 3 * float(counts[outer].mean())
    risen = np.where(three > floor + CLEAR * np.sqrt(floor) + 1, np.maximum(counts - floor / 3, 0), 0)
    if not risen.any():
        return -limit / 3, limit / 3
    # What stands apart from the rest by more than a gap is chance that looks like something.
    places = np.flatnonzero(risen)
    runs = np.split(places, np.flatnonzero(np.diff(places) > GAP) + 1)
    kept = max(runs, key=lambda run: float(risen[run].sum()))
    risen[: kept[0]] = risen[kept[-1] + 1 :] = 0
    share = np.cumsum(risen) / risen.sum()
    first = int(np.searchsorted(share, 0.0005, side="right"))
    last = int(np.searchsorted(share, 0.9995))
    margin = 2 + round(0.2 * (last - first))
    return (max(first - margin, 0) - bins) * width, (min(last + margin, 2 * bins) - bins) * width
