"""Documents that name the month they were paid in: each party's month is a block whose lines and documents must fit.

Three kinds of block are settled by set logic: one line that pays all of a party's month; as many lines as documents, of
the same amounts; lines whose way follows from what the others leave. The rest go to `cover`, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from dbt_project.methods.reconciliation.cover import Block, solve
from dbt_project.methods.reconciliation.forced import settle_forced

# Documents or lines of one block past which it is not searched.
PILE = 300
PAIR: dict[str, type[pl.DataType]] = {
    "bill": pl.Int64,
    "line": pl.Int64,
    "share": pl.Float64,
    "covers": pl.Int64,
    "is_whole": pl.Boolean,
}


def settle_periods(bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """Settle every block.

    Args:
        bills: bill, party, block, cents.
        lines: line, block, cents.
        allowed: line, party: whose documents a line may settle.

    Returns:
        One row per settled pair: bill, line, share (of the possible covers that agree), covers, is_whole, how, chance
        (null: the period bounds it), case ("balanced" where documents and lines add up to the same, else "period").
    """
    totals = bills.group_by("block").agg(
        pl.len().alias("bills"), pl.col("cents").sum().alias("owed"), pl.col("party").n_unique().alias("parties")
    )
    paid = lines.group_by("block").agg(pl.len().alias("lines"), pl.col("cents").sum().alias("paid"))
    blocks = totals.join(paid, on="block").with_columns(is_balanced=pl.col("owed") == pl.col("paid"))
    plain = blocks.filter((pl.col("lines") == 1) & pl.col("is_balanced") & (pl.col("parties") == 1))
    plain = plain.select("block").join(lines, on="block").join(bills, on="block", suffix="_bill")
    plain = plain.join(allowed, on=["line", "party"], how="semi")
    found = [_settled(plain.select("bill", "line"), "all of the period's documents")]
    rest = blocks.join(plain, on="block", how="anti")
    equal = _equal_amounts(rest, bills, lines, allowed)
    found.append(equal.select(*PAIR, how=pl.lit("one to one")))
    rest = rest.join(equal, on="block", how="anti")
    piled = rest.filter((pl.col("bills") > PILE) | (pl.col("lines") > PILE))
    found.append(_by_amount(piled, bills, lines, allowed))
    rest = rest.join(piled, on="block", how="anti")
    forced, open_bills, open_lines = settle_forced(rest.select("block", "is_balanced"), bills, lines, allowed)
    sure = forced.with_columns(covers=(1 / pl.col("share")).round(0).cast(pl.Int64), is_whole=pl.lit(value=True))
    found.append(sure.select(*PAIR, how=pl.lit("the only sum")))
    found.append(_one_by_one(open_bills, open_lines, allowed))
    settled = pl.concat(found).join(lines.select("line", "block"), on="line")
    settled = settled.join(blocks.select("block", "is_balanced"), on="block")
    is_sure = pl.col("is_balanced") & pl.col("is_whole")
    return settled.select(
        *PAIR,
        "how",
        chance=pl.lit(None, pl.Float64),
        case=pl.when(is_sure).then(pl.lit("balanced")).otherwise(pl.lit("period")),
    )


def _settled(pairs: pl.DataFrame, how: str) -> pl.DataFrame:
    return pairs.select(
        pl.col("bill").cast(pl.Int64),
        pl.col("line").cast(pl.Int64),
        share=pl.lit(1.0),
        covers=pl.lit(1, pl.Int64),
        is_whole=pl.lit(value=True),
        how=pl.lit(how),
    )


def _equal_amounts(
    blocks: pl.DataFrame, bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame
) -> pl.DataFrame:
    """Blocks whose lines and documents are the same amounts, one by one; equal ones are dealt in order."""
    some = blocks.filter((pl.col("bills") == pl.col("lines")) & pl.col("is_balanced") & (pl.col("parties") == 1))
    left = bills.join(some.select("block"), on="block").sort("block", "cents", "bill")
    right = lines.join(some.select("block"), on="block").sort("block", "cents", "line")
    side_by_side = left.with_columns(line=right["line"], line_cents=right["cents"], line_block=right["block"])
    side_by_side = side_by_side.join(allowed.with_columns(fits=True), on=["line", "party"], how="left")
    good = (pl.col("cents") == pl.col("line_cents")) & pl.col("fits").fill_null(value=False) & (pl.col("cents") > 0)
    matched = side_by_side.filter(good.all().over("block"))
    twins = pl.len().over("block", "cents")
    return matched.select(
        "block",
        pl.col("bill").cast(pl.Int64),
        pl.col("line").cast(pl.Int64),
        share=1.0 / twins,
        covers=twins.cast(pl.Int64),
        is_whole=pl.lit(value=True),
    )


def _by_amount(blocks: pl.DataFrame, bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """A pile too large to search: equal amounts only, in order, and said to be a part of the answer."""
    key = ["block", "party", "cents"]
    left = lines.join(blocks.select("block"), on="block", how="semi").join(allowed, on="line").sort(*key, "line")
    right = bills.join(blocks.select("block"), on="block", how="semi").sort(*key, "bill")
    left = left.with_columns(place=pl.int_range(pl.len()).over(key), lines=pl.len().over(key))
    right = right.with_columns(place=pl.int_range(pl.len()).over(key), bills=pl.len().over(key))
    pairs = left.join(right, on=[*key, "place"]).unique("line", keep="first", maintain_order=True)
    return pairs.select(
        pl.col("bill").cast(pl.Int64),
        pl.col("line").cast(pl.Int64),
        share=0.9 / pl.max_horizontal("lines", "bills"),
        covers=pl.max_horizontal("lines", "bills").cast(pl.Int64),
        is_whole=pl.lit(value=False),
        how=pl.lit("equal amount in a pile"),
    )


def _one_by_one(bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    some_lines = lines.join(bills, on="block", how="semi").sort("block", "line")
    some_bills = bills.join(some_lines, on="block", how="semi").sort("block", "party", "cents", "bill")
    parties = allowed.join(some_lines, on="line", how="semi").group_by("line").agg("party")
    parties_of: dict[int, list[int]] = dict(parties.iter_rows())
    rows: list[tuple[int, int, float, int, bool]] = []
    of_block: dict[int, list[tuple[int, int, int]]] = {}
    for block, *bill in some_bills.select("block", "party", "cents", "bill").iter_rows():
        of_block.setdefault(block, []).append((bill[0], bill[1], bill[2]))
    in_block: dict[int, list[tuple[int, int]]] = {}
    for block, line, cents in some_lines.select("block", "line", "cents").iter_rows():
        in_block.setdefault(block, []).append((line, cents))
    for block, some in in_block.items():
        rows.extend(_block_pairs(of_block[block], some, parties_of))
    frame = pl.DataFrame(rows, schema=PAIR, orient="row")
    return frame.with_columns(how=pl.lit("sum"))


def _block_pairs(
    bills: list[tuple[int, int, int]], lines: list[tuple[int, int]], parties_of: dict[int, list[int]]
) -> Iterator[tuple[int, int, float, int, bool]]:
    kinds: dict[tuple[int, int], list[int]] = {}
    for party, cents, bill in bills:
        if cents:
            kinds.setdefault((party, cents), []).append(bill)
    parties = np.array([party for party, _ in kinds], dtype=np.int64)
    line_ids = [line for line, _ in lines]
    block = Block(
        values=np.array([cents for _, cents in kinds], dtype=np.int64),
        counts=np.array([len(members) for members in kinds.values()], dtype=np.int64),
        parties=parties,
        lines=np.array([cents for _, cents in lines], dtype=np.int64),
        allowed=np.array([np.isin(parties, parties_of.get(line, [])) for line in line_ids]),
    )
    cover = solve(block)
    for row, line in enumerate(line_ids):
        for kind, members in enumerate(kinds.values()):
            for _ in range(int(cover.taken[row, kind])):
                yield members.pop(0), line, float(cover.share[row, kind]), cover.covers, cover.is_whole
