"""Days until an invoice is paid, its likely range and the chance that it is late: by what was settled before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dbt_project.methods.days_to_pay import spread
from dbt_project.methods.days_to_pay.calibrate import Calibration, calibrate
from dbt_project.methods.days_to_pay.hierarchy import Floats, Hierarchy, Ints, learn
from dbt_project.methods.days_to_pay.known import Known

# Fewer settled invoices than this teach nothing: nothing is said.
SETTLED_LEAST = 10
# A habit of a year ago counts half.
HALF_LIFE_DAYS = 365.0
# What is learned is renewed at so many days at most while history grows; each renewal takes well under a second.
RENEWALS_MOST = 16
# The later part of the history is judged in this many blocks, each by what was known before it.
BLOCKS, BLOCKS_FROM = 4, 0.4
JUDGED_MOST = 20_000
CHUNK_ROWS = 20_000
# Due within so many days is paid on sight, by card mostly: another habit than an invoice on terms.
AT_ONCE_DAYS = 3
# Longer than all but one in a hundred took: what is open by then is late for good as far as calibration goes.
SETTLES_WITHIN = 0.99
SERIOUS_DAYS = 30
# What is open for this many times as long may never be paid; so many invoices weigh as much as all segments together.
NEVER_AFTER, NEVER_PRIOR = 2, 20.0

HISTORY = {
    "party": pl.String,
    "segment": pl.String,
    "invoice_date": pl.Date,
    "term_days": pl.Int64,
    "amount": pl.Float64,
    "is_electronic": pl.Boolean,
    "settled_date": pl.Date,
}
SCHEMA = {
    "days": pl.Float64,
    "lo80": pl.Float64,
    "hi80": pl.Float64,
    "p_late": pl.Float64,
    "p_late_30": pl.Float64,
    "party_settled": pl.Int64,
}


@dataclass(frozen=True)
class Learned:
    """What one day's history teaches.

    `counts` are the settled invoices of each party, `never` the share of each segment's old invoices that is open
    still; the last one is that of all segments.
    """

    known: Known
    fit: Hierarchy
    row_party: Ints
    counts: Ints
    never: Floats
    calibration: Calibration = Calibration()

    def points(self, asked: pl.DataFrame, age: Floats) -> tuple[Floats, Floats, Floats]:
        """Days and weights of each asked invoice that is `age` days old, and the chance that it is never paid."""
        party, segment = self.known.places(asked)
        expected = self.fit.level + self.known.matrix(asked) @ self.fit.effects
        days, weights = spread.points(self.fit, self.row_party, expected, party, segment)
        middle = spread.quantile(days, weights, 0.5)[:, None]
        known, wide = self.calibration.of_segment, self.calibration.stretch
        stretch = np.array([known.get(name, wide) for name in asked["segment"].to_list()])[:, None]
        stretched = np.maximum(middle + stretch * (days - middle), 0.0)
        # A new segment is -1: the last place.
        return spread.given_age(stretched, weights, self.never[segment], age, int(self.counts.sum()))


def days_to_pay(history: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Say of each asked invoice when it will be paid, by what was settled before the day it is asked on.

    Args:
        history: columns of HISTORY, one row per invoice; `settled_date` null while it is open. `party` is who pays,
            `segment` what parties are grouped by, `amount` in any one unit; all but these and the dates may be null.
        asked: the same without `settled_date`, and `asked_date` (Date): the day on which this is asked, the invoice's
            own or a later one on which it is still open.

    Returns:
        One row per row of `asked`, in order: days (median; from `invoice_date`), lo80, hi80, p_late (chance to be paid
        after its due date), p_late_30 (more than 30 days after), party_settled (settled invoices of its party that
        were known, those due at once and those on terms apart). Nulls, except for the count, where fewer than ten
        invoices were settled before; p_late is null without terms. No history row counts before the day after it was
        settled, neither for a party's habit nor for what is learned of all.
    """
    history = by_terms(history.select(pl.col(name).cast(kind) for name, kind in HISTORY.items()))
    out = []
    for day, rows in _renewals(history, by_terms(asked.with_row_index("_row"))):
        learned = _learned(history, day, JUDGED_MOST)
        out += [_told(learned, part) for part in rows.iter_slices(CHUNK_ROWS)]
    empty = pl.DataFrame(schema={"_row": pl.UInt32, **SCHEMA})
    return pl.concat([empty, *out]).sort("_row").select(SCHEMA.keys())


def by_terms(rows: pl.DataFrame) -> pl.DataFrame:
    """Party and segment told apart by whether the invoice is due at once: each is a habit of its own."""
    at_once = (pl.col("term_days") <= AT_ONCE_DAYS).fill_null(False).cast(pl.Int8)
    return rows.with_columns(pl.format("{}/{}", name, at_once).alias(name) for name in ("party", "segment"))


def _renewals(history: pl.DataFrame, asked: pl.DataFrame) -> Iterator[tuple[object, pl.DataFrame]]:
    """Asked rows in groups, each with the day whose morning's knowledge it is judged by: none later than its own."""
    if not asked.height:
        return
    dates = asked["asked_date"].unique().sort()
    settled = history["settled_date"].drop_nulls().sort()
    seen = settled.search_sorted(dates, side="left")
    # A day that knows no more than the one before it needs no learning of its own.
    is_news = (seen != seen.shift(1)).fill_null(True)
    news, seen = dates.filter(is_news), seen.filter(is_news)
    if len(news) > RENEWALS_MOST:
        # The same share more at each renewal: the first settled invoices teach most.
        steps = np.geomspace(max(seen[0], SETTLED_LEAST), max(seen[-1], SETTLED_LEAST), RENEWALS_MOST - 1)
        news = news.gather(np.unique([0, *np.minimum(seen.search_sorted(np.floor(steps)), len(news) - 1)]))
    days = pl.DataFrame({"_day": news})
    sorted_rows = asked.sort("asked_date").join_asof(
        days, left_on="asked_date", right_on="_day", check_sortedness=False
    )
    for (day,), rows in sorted_rows.group_by("_day", maintain_order=True):
        yield day, rows


def _learned(history: pl.DataFrame, day: object, judged_most: int) -> Learned | None:
    """What is known on the morning of `day`, calibrated on its own past when `judged_most` allows."""
    rows = _as_of(history, day)
    settled = rows.filter(~pl.col("is_open"))
    if settled.height < SETTLED_LEAST:
        return None
    within = int(np.ceil(settled["days"].quantile(SETTLES_WITHIN, interpolation="higher") or 0))
    old = rows.filter(pl.col("age") > NEVER_AFTER * within)
    # An open one older than that may never be paid: it has no say in when those that are paid come.
    rows = rows.filter(~pl.col("is_open") | (pl.col("days") <= within))
    known = Known.of(rows)
    party, segment = known.places(rows)
    segment_of = np.zeros(len(known.parties), dtype=np.int64)
    segment_of[party] = segment
    fit = learn(
        rows["days"].to_numpy().astype(np.float64),
        rows["is_open"].to_numpy(),
        known.matrix(rows),
        party,
        segment_of,
        len(known.segments),
        0.5 ** (rows["age"].to_numpy() / HALF_LIFE_DAYS),
    )
    counts = np.bincount(party[~rows["is_open"].to_numpy()], minlength=len(known.parties))
    calibration = _judged(history, day, within, judged_most) if judged_most else Calibration()
    return Learned(known, fit, party, counts, _never(known, old), calibration)


def _never(known: Known, old: pl.DataFrame) -> Floats:
    """Share of each segment's old invoices that is open still, drawn towards that of all, which stands last."""
    _, segment = known.places(old)
    is_open = old["is_open"].to_numpy().astype(np.float64)
    of_all = is_open.sum() / (len(is_open) + NEVER_PRIOR)
    seen = segment >= 0
    size = len(known.segments)
    total = np.bincount(segment[seen], minlength=size)
    lost = np.bincount(segment[seen], is_open[seen], size)
    return np.append((lost + NEVER_PRIOR * of_all) / (total + NEVER_PRIOR), of_all)


def _as_of(history: pl.DataFrame, day: object) -> pl.DataFrame:
    """Invoices issued before `day`, as that morning knew them: days taken or open so far, is_open, age by `day`."""
    # Nothing is known of an open invoice after the day on which the history was written down.
    written = history.select(pl.max_horizontal(pl.col("invoice_date").max(), pl.col("settled_date").max())).item()
    is_open = (pl.col("settled_date") >= pl.lit(day)).fill_null(True)
    until = pl.when(is_open).then(pl.min_horizontal(pl.lit(day), pl.lit(written))).otherwise(pl.col("settled_date"))
    return history.filter(pl.col("invoice_date") < pl.lit(day)).with_columns(
        is_open.alias("is_open"),
        (until - pl.col("invoice_date")).dt.total_days().alias("days"),
        (pl.lit(day) - pl.col("invoice_date")).dt.total_days().alias("age"),
    )


def _judged(history: pl.DataFrame, day: object, within: int, most: int) -> Calibration:
    """Calibration on invoices that had `within` days to be paid before `day`, each judged by what was known before."""
    ripe = history.filter(pl.col("invoice_date") <= pl.lit(day) - pl.duration(days=within)).sort("invoice_date")
    edges = [int(ripe.height * (BLOCKS_FROM + (1 - BLOCKS_FROM) * at / BLOCKS)) for at in range(BLOCKS + 1)]
    said: list[tuple[NDArray[Any], ...]] = []
    for first, last in zip(edges, edges[1:], strict=False):
        block = ripe[first:last]
        if block.height > most // BLOCKS:
            block = block.gather_every(block.height // (most // BLOCKS) + 1)
        learned = _learned(history, block["invoice_date"][0], 0) if block.height else None
        if learned is None:
            continue
        days, weights, never = learned.points(block, np.zeros(block.height))
        term = block["term_days"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        came = block.select(
            pl.when(pl.col("settled_date") < pl.lit(day))
            .then((pl.col("settled_date") - pl.col("invoice_date")).dt.total_days())
            .cast(pl.Float64)
            .fill_null(float("inf"))
        ).to_series()
        low, middle, high = (spread.quantile(days, weights, share) for share in (0.1, 0.5, 0.9))
        late = never + (1 - never) * spread.beyond(days, weights, term)
        said.append(
            (
                low,
                middle,
                high,
                came.to_numpy(),
                late,
                (came.to_numpy() > term).astype(np.float64),
                block["segment"].to_numpy(),
            )
        )
    if not said:
        return Calibration()
    return calibrate(*(np.concatenate(column) for column in zip(*said, strict=True)))


def _told(learned: Learned | None, asked: pl.DataFrame) -> pl.DataFrame:
    """What is said of one group of invoices."""
    if learned is None:
        nothing = [pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name != "party_settled"]
        return asked.select("_row", *nothing, pl.lit(0, pl.Int64).alias("party_settled"))
    age = asked.select((pl.col("asked_date") - pl.col("invoice_date")).dt.total_days()).to_series().to_numpy()
    days, weights, never = learned.points(asked, np.maximum(age, 0).astype(np.float64))
    low, middle, high = (spread.quantile(days, weights, share) for share in (0.1, 0.5, 0.9))
    term = asked["term_days"].cast(pl.Float64).fill_null(float("nan")).to_numpy()
    chances = [never + (1 - never) * spread.beyond(days, weights, term + more) for more in (0, SERIOUS_DAYS)]
    late, serious = (
        # What is older than its terms and open is late; no distribution is asked.
        np.where(age > term + more, 1.0, learned.calibration.chance(chance))
        for more, chance in zip((0, SERIOUS_DAYS), chances, strict=True)
    )
    party, _ = learned.known.places(asked)
    told = pl.DataFrame(
        {
            "days": middle,
            "lo80": np.minimum(low, middle),
            "hi80": np.maximum(high, middle),
            "p_late": late,
            "p_late_30": np.minimum(serious, late),
            "party_settled": np.where(party >= 0, learned.counts[party], 0),
        },
        schema=SCHEMA,
    )
    told = told.with_columns(pl.when(pl.col(name).is_not_nan()).then(pl.col(name)) for name in ("p_late", "p_late_30"))
    return pl.concat([asked.select("_row"), told], how="horizontal")
