"""What a line that nothing explains exactly may still be: near the period, split, short of a fee, a part, another name.

None of these is sure, so they are proposed and never applied unasked. Each takes a line and a document out of the pool
for the weaker explanations after it.
"""

from __future__ import annotations

import polars as pl

from dbt_project.methods.reconciliation.assign import assign
from dbt_project.methods.reconciliation.ways import find_ways

# Days outside of the period in which a line may still belong to it.
NEAR = 7
# A fee takes at most this share of a document, or this many cents when that is more (a wire's flat fee).
FEE_SHARE, FEE_CENTS = 0.035, 5_000
# Candidate pairs of one group that are looked at; larger piles are left to people.
PAIRS_PER_GROUP = 50_000
# Set by judgement and not measured yet; all of these are proposals only, and the order among them is what counts.
SCORES = {"near the period": 0.85, "several lines": 0.75, "less a fee": 0.4, "a part": 0.2, "another name": 0.3}
PAIR = {"bill": pl.Int64, "line": pl.Int64, "how": pl.String, "score": pl.Float64}


def explain_leftovers(bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """Propose documents for lines that are still open.

    Args:
        bills: bill, party, group, cents, low, high (Date: first and last day on which it may be paid).
        lines: line, text, group, cents, day.
        allowed: text, party, name_score.

    Returns:
        bill, line, how, score: proposals only, each line explained in one way.
    """
    sizes = lines.group_by("group").len("lines").join(bills.group_by("group").len("bills"), on="group")
    small = sizes.filter(pl.col("lines").cast(pl.Int64) * pl.col("bills") <= PAIRS_PER_GROUP).select("group")
    pairs = lines.join(small, on="group").join(bills, on="group", suffix="_bill")
    outside = pl.max_horizontal(
        (pl.col("low") - pl.col("day")).dt.total_days(), (pl.col("day") - pl.col("high")).dt.total_days(), 0
    )
    pairs = pairs.with_columns(outside=outside).filter(pl.col("outside") <= NEAR)
    pairs = pairs.join(allowed, on=["text", "party"])
    # Some of the sizes that the names allow; signs must agree.
    pairs = pairs.filter((pl.col("cents") > 0) == (pl.col("cents_bill") > 0))
    found = [pl.DataFrame(schema=PAIR)]
    equal = pairs.filter(pl.col("cents") == pl.col("cents_bill"))
    _take(found, equal, 4.0 - 0.3 * pl.col("outside"), "near the period")
    found.append(_split(_open(pairs, found)))
    inside = _open(pairs, found).filter(pl.col("outside") == 0)
    missing = (pl.col("cents_bill") - pl.col("cents")).abs()
    fee = pl.max_horizontal((pl.col("cents_bill").abs() * FEE_SHARE).cast(pl.Int64), pl.lit(FEE_CENTS))
    is_short = pl.col("cents").abs() < pl.col("cents_bill").abs()
    short = inside.filter(is_short & (missing <= fee) & (missing * 4 <= pl.col("cents_bill").abs()))
    _take(found, short, 3.0 - 20 * missing / pl.col("cents_bill").abs(), "less a fee")
    # A part payment is believed only when the party has one line and one document open.
    part = _open(pairs, found).filter((pl.col("outside") == 0) & is_short)
    part = part.filter((pl.len().over("line") == 1) & (pl.len().over("bill") == 1))
    _take(found, part, pl.lit(1.0), "a part")
    used = pl.concat(found)
    rest_bills = bills.join(used, on="bill", how="anti")
    rest_lines = lines.join(used, on="line", how="anti")
    _take(found, _other_names(rest_bills, rest_lines), pl.lit(1.0), "another name")
    return pl.concat(found)


def _open(pairs: pl.DataFrame, found: list[pl.DataFrame]) -> pl.DataFrame:
    used = pl.concat(found)
    return pairs.join(used, on="line", how="anti").join(used, on="bill", how="anti")


def _take(found: list[pl.DataFrame], pairs: pl.DataFrame, weight: pl.Expr, how: str) -> None:
    candidates = pairs.select(left="line", right="bill", weight=weight.cast(pl.Float64))
    chosen = assign(candidates)
    found.append(
        chosen.select(
            bill=pl.col("right").cast(pl.Int64),
            line=pl.col("left").cast(pl.Int64),
            how=pl.lit(how),
            score=SCORES[how] * pl.col("share").cast(pl.Float64),
        )
    )


def _split(pairs: pl.DataFrame) -> pl.DataFrame:
    """One document, several lines: the same sums with the sides changed."""
    inside = pairs.filter((pl.col("outside") == 0) & (pl.col("cents").abs() < pl.col("cents_bill").abs()))
    apart = -pl.col("outside").cast(pl.Float64)
    ways = find_ways(inside.select(task="bill", target="cents_bill", item="line", cents="cents", weight=apart))
    if not ways.height:
        return pl.DataFrame(schema=PAIR)
    ways = ways.filter((pl.col("way").n_unique().over("task") == 1) & pl.col("is_whole"))
    # A line in two documents' sums is in neither.
    clear = ways.filter((pl.len().over("item") == 1).all().over("way"))
    return clear.select(
        bill=pl.col("task").cast(pl.Int64),
        line=pl.col("item").cast(pl.Int64),
        how=pl.lit("several lines"),
        score=pl.lit(SCORES["several lines"]),
    )


def _other_names(bills: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """An amount that stands once among the open lines and once among the open documents of its time."""
    left = lines.with_columns(month=pl.col("day").dt.truncate("1mo"))
    once_left = left.filter(pl.len().over("cents") == 1)
    once_right = bills.filter(pl.len().over("cents") == 1)
    pairs = once_left.join(once_right, on="cents", suffix="_bill")
    return pairs.filter(pl.col("day").is_between(pl.col("low"), pl.col("high")))
