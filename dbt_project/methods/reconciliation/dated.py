"""Documents with a day of their own: equal amounts first, as one assignment; then sums of what is left.

Where a party pays the same amount every month, the usual delay decides which of them a line settles, so the delays are
learnt first, from amounts that stand only once.
"""

from __future__ import annotations

import polars as pl

from dbt_project.methods.reconciliation.assign import assign
from dbt_project.methods.reconciliation.cover import SIZE_POWER
from dbt_project.methods.reconciliation.lags import EARLIEST, LATEST, Lags, learn
from dbt_project.methods.reconciliation.ways import find_ways

# One party's equal amounts: pairs looked at per party and amount. Past it only the nearest in order are.
CELL = 40_000
# Pairs of line and document that are held at once.
AT_ONCE = 3_000_000
# Lines whose sums are looked for among more documents than all at once allow, one by one.
DEEP = 5_000
# Shares at which lines may claim, surest first, so that what they settle clears the way for the others.
CLAIMS = (0.98, 0.98, 0.98, 0.8, 0.8, 0.5, 0.5, 0.0, 0.0)
# What leaving a pair alone weighs, for equal amounts of one party: only a very unusual day speaks against it.
EQUAL_AMOUNTS = 6.0
SETTLED = {
    "bill": pl.Int64,
    "line": pl.Int64,
    "share": pl.Float64,
    "margin": pl.Float64,
    "is_whole": pl.Boolean,
    "chance": pl.Float64,
    "how": pl.String,
}


def settle_dated(bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """Settle bills that carry a day.

    Args:
        bills: bill, party, group, cents, day.
        lines: line, text, group, cents, day.
        allowed: text, party, name_score.

    Returns:
        One row per pair: the columns of `SETTLED`.
    """
    equal = _equal_pairs(bills, lines, allowed)
    alone = equal.filter((pl.len().over("bill") == 1) & (pl.len().over("line") == 1))
    lags = learn(alone.select("party", "lag"))
    weighted = lags.weighted(equal).with_columns(pl.col("weight") + EQUAL_AMOUNTS + pl.col("name_score").log())
    chosen = assign(weighted.select(left="line", right="bill", weight="weight"))
    ones = chosen.select(
        bill="right",
        line="left",
        share="share",
        margin="margin",
        is_whole=pl.lit(value=True),
        chance=pl.lit(None, pl.Float64),
        how=pl.lit("one to one"),
    ).cast(SETTLED)  # type: ignore[arg-type]
    left_bills = bills.join(ones, on="bill", how="anti")
    left_lines = lines.join(ones, on="line", how="anti")
    sums = _sums(left_bills, left_lines, allowed, lags)
    return pl.concat([ones, sums]).with_columns(case=pl.concat_str(pl.lit("dated "), pl.col("how").str.slice(0, 3)))


def _equal_pairs(bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    key = ["group", "cents"]
    left, right = lines.sort("day", "line"), bills.sort("day", "bill")
    left = left.with_columns(place=pl.int_range(pl.len()).over(key))
    right = right.with_columns(place=pl.int_range(pl.len()).over(key))
    sizes = left.group_by(key).len("lines").join(right.group_by(key).len("bills"), on=key)
    large = sizes.filter(pl.col("lines").cast(pl.Int64) * pl.col("bills") > CELL).select(key)
    plain = left.join(large, on=key, how="anti").join(right, on=key, suffix="_bill")
    many = left.join(large, on=key).join(right, on=[*key, "place"], suffix="_bill")
    columns = ["line", "bill", "text", "party", lag_of().alias("lag")]
    pairs = pl.concat([plain.select(columns), many.select(columns)])
    pairs = pairs.filter(pl.col("lag").is_between(EARLIEST, LATEST))
    return pairs.join(allowed, on=["text", "party"]).drop("text")


def lag_of() -> pl.Expr:
    """Days from the document to the line."""
    return (pl.col("day") - pl.col("day_bill")).dt.total_days()


def _sums(bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame, lags: Lags) -> pl.DataFrame:
    found = []
    for low, high in dict.fromkeys([(lags.low, lags.high), (EARLIEST, LATEST)]):
        ways = _ways(bills, lines, allowed, lags, (low, high))
        settled = claim(ways)
        found.append(settled)
        bills = bills.join(settled, on="bill", how="anti")
        lines = lines.join(settled, on="line", how="anti")
    return pl.concat(found)


def _ways(
    bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame, lags: Lags, window: tuple[int, int]
) -> pl.DataFrame:
    low, high = window
    width = max(14, (high - low) // 2)
    number = pl.col("day").dt.epoch("d").cast(pl.Int64)
    right = bills.with_columns(bucket=number // width)
    left = lines.with_columns(bucket=pl.int_ranges((number - high) // width, (number - low) // width + 1))
    left = left.explode("bucket")
    key = ["group", "bucket"]
    # A pile of everything under one name would make pairs by the square; it is left to people.
    cost = left.group_by(key).len("lines").join(right.group_by(key).len("bills"), on=key)
    cost = cost.with_columns(pairs=pl.col("lines").cast(pl.Int64) * pl.col("bills")).filter(pl.col("pairs") <= AT_ONCE)
    turns = cost.sort("group", "bucket").with_columns(turn=pl.col("pairs").cum_sum() // AT_ONCE)
    positive = bool((bills["cents"] > 0).all() and (lines["cents"] > 0).all()) if bills.height else True
    parts = []
    for (_,), turn in turns.partition_by("turn", as_dict=True, maintain_order=True).items():
        pairs = left.join(turn.select(key), on=key).join(right, on=key, suffix="_bill")
        pairs = pairs.with_columns(lag=lag_of()).filter(pl.col("lag").is_between(low, high))
        if positive:
            pairs = pairs.filter(pl.col("cents_bill") <= pl.col("cents"))
        parts.append(pairs.select("line", "text", "bill", "party", "cents", "cents_bill", "lag"))
    if not parts:
        return pl.DataFrame()
    pairs = lags.weighted(pl.concat(parts).join(allowed, on=["text", "party"]))
    span = 1 + int(bills["party"].to_numpy().max(initial=0))
    ways = find_ways(
        pairs.select(
            task=pl.col("line") * span + pl.col("party"),
            target="cents",
            item="bill",
            cents="cents_bill",
            weight=pl.col("weight"),
        ),
        deep=DEEP,
    )
    return ways.with_columns(line=pl.col("task") // span).rename({"item": "bill"})


def claim(ways: pl.DataFrame) -> pl.DataFrame:
    """Lines claim their likeliest sums, round by round; a document goes to the line that is surest of it.

    Args:
        ways: line, way, size, bill, weight, is_whole: one row per way and document.

    Returns:
        The settled pairs, columns of `SETTLED`.
    """
    empty = pl.DataFrame(schema=SETTLED)
    if not ways.height:
        return empty
    found = [empty]
    heads = ways.group_by("way").agg(
        pl.col("line").first(),
        pl.col("size").first(),
        pl.col("is_whole").first(),
        pl.col("chance").first(),
        weight=pl.col("weight").sum() + SIZE_POWER * pl.col("size").first().cast(pl.Float64).log(),
    )
    members = ways.select("way", "bill")
    for least in CLAIMS:
        if not heads.height:
            break
        top = pl.col("weight").max().over("line")
        ranked = heads.with_columns(share=(pl.col("weight") - top).exp())
        ranked = ranked.with_columns(share=pl.col("share") / pl.col("share").sum().over("line"))
        ranked = ranked.sort("line", "weight", "way", descending=[False, True, False])
        runner_up = pl.col("weight").shift(-1).over("line")
        best = ranked.with_columns(margin=pl.col("weight") - runner_up).group_by("line", maintain_order=True).first()
        claims = members.join(best.filter(pl.col("share") >= least), on="way")
        surest = claims.sort("bill", "share", "weight", "way", descending=[False, True, True, False])
        surest = surest.group_by("bill", maintain_order=True).first().select("bill", "way")
        won = claims.join(surest, on=["bill", "way"])
        won = won.filter(pl.len().over("way") == pl.col("size"))
        if not won.height:
            continue
        found.append(
            won.select("bill", "line", "share", "margin", "is_whole", "chance", how=pl.lit("sum")).cast(SETTLED)  # type: ignore[arg-type]
        )
        used = members.join(won.select("bill").unique(), on="bill").select("way").unique()
        heads = heads.join(used, on="way", how="anti").join(won.select("line").unique(), on="line", how="anti")
        members = members.join(heads.select("way"), on="way")
    return pl.concat(found)
