"""Blocks in which reason alone settles every line, many at once.

A line with one way only must take it; what it takes is gone for the others, which may leave one of them with one way
only; and the last line takes what remains. Equal amounts of one party count as one kind, so twins are no second way.
"""

from __future__ import annotations

import polars as pl

from dbt_project.methods.reconciliation.ways import CANDIDATES, find_ways

# Rounds of "what is left then"; blocks that need more are searched one by one.
TURNS = 5
KINDS = ["block", "party", "cents"]
TAKEN = {"block": pl.Int64, "line": pl.Int64, "party": pl.Int64, "cents": pl.Int64, "taken": pl.Int64}


def settle_forced(
    blocks: pl.DataFrame, bills: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Settle what has one solution only, but for which of equal documents goes where.

    Args:
        blocks: block, is_balanced (documents and lines add up to the same, so that every line is explained).
        bills: bill, party, block, cents.
        lines: line, block, cents.
        allowed: line, party.

    Returns:
        The settled pairs (line, bill, share: one over the equal documents that could stand there), and the bills and
        the lines that are left to be searched. A line without any way is in neither.
    """
    given = bills.join(blocks, on="block", how="semi").sort(*KINDS, "bill")
    given = given.with_columns(copy=pl.int_range(pl.len()).over(KINDS))
    left, open_lines = given, lines.join(blocks, on="block")
    taken = [pl.DataFrame(schema=TAKEN)]
    for turn in range(TURNS):
        step, hopeless = _turn(left, open_lines, allowed, is_first=turn == 0)
        over = step.group_by(KINDS).agg(pl.col("taken").sum())
        over = over.join(left.group_by(KINDS).agg(many=pl.len().cast(pl.Int64)), on=KINDS)
        # Lines that must take more than there is: the block does not add up as it seemed, and is searched.
        step = step.join(over.filter(pl.col("taken") > pl.col("many")), on="block", how="anti")
        left = _less(left, step)
        open_lines = open_lines.join(step, on="line", how="anti").join(hopeless, on="line", how="anti")
        last = _remainders(left, open_lines, allowed)
        left = _less(left, last)
        open_lines = open_lines.join(last, on="line", how="anti")
        taken += [step, last]
        if not step.height or not open_lines.height:
            break
    return _dealt(pl.concat(taken), given), left.drop("copy"), open_lines.drop("is_balanced")


def _turn(
    left: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame, *, is_first: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What lines with one kind of way take, and the lines of unbalanced blocks that have none."""
    # Where not all adds up, only the first look is believed: what a line leaves is no proof for another.
    asked = lines if is_first else lines.filter("is_balanced")
    candidates = asked.join(allowed, on="line").join(left, on=["block", "party"], suffix="_bill")
    is_positive = (pl.col("cents_bill") > 0).all().over("block") & (pl.col("cents") > 0).all().over("block")
    candidates = candidates.filter(~is_positive | (pl.col("cents_bill") <= pl.col("cents")))
    # A line with more candidates than can be looked at is not seen whole, whether or not it has a way.
    large = candidates.filter(pl.len().over("line", "party") > CANDIDATES).select("line", "block").unique()
    candidates = candidates.join(large, on="line", how="anti")
    width = 1 + int(left["party"].to_numpy().max(initial=0))
    task = pl.col("line") * width + pl.col("party")
    ways = find_ways(
        candidates.select(task=task, target="cents", item="bill", cents="cents_bill", weight=pl.lit(0.0))
    ).with_columns(line=pl.col("task") // width, party=pl.col("task") % width)
    ways = ways.join(left.select(item="bill", block="block", cents="cents"), on="item")
    ways = ways.with_columns(kind=pl.struct("party", "cents").hash() % (1 << 40))
    kinds = ways.group_by("way", "line", "block", "party").agg(
        key=pl.col("kind").sum(), is_whole=pl.col("is_whole").all()
    )
    per_line = kinds.group_by("line", "block").agg(
        classes=pl.struct("party", "key").n_unique(), way=pl.col("way").min(), is_whole=pl.col("is_whole").all()
    )
    per_line = per_line.join(lines.select("line", "is_balanced"), on="line")
    sure = per_line.filter((pl.col("classes") == 1) & pl.col("is_whole"))
    step = ways.join(sure, on="way", how="semi").join(sure.select("line", "is_balanced"), on="line")
    # In an unbalanced block another line's way to the same kind of document is a doubt.
    wanted = ways.select("line", *KINDS).unique().group_by(KINDS).agg(lines=pl.len())
    doubtful = step.filter(~pl.col("is_balanced")).join(wanted, on=KINDS).filter(pl.col("lines") > 1)
    doubtful = pl.concat(
        [doubtful.select("line"), step.filter(~pl.col("is_balanced")).join(large, on="block").select("line")]
    )
    step = step.join(doubtful, on="line", how="anti")
    hopeless = asked.filter(~pl.col("is_balanced")).join(per_line, on="line", how="anti")
    hopeless = hopeless.join(large, on="line", how="anti").select("line")
    found = step.group_by("block", "line", "party", "cents").agg(taken=pl.len().cast(pl.Int64))
    return found.cast(TAKEN), hopeless  # type: ignore[arg-type]


def _less(left: pl.DataFrame, taken: pl.DataFrame) -> pl.DataFrame:
    used = taken.group_by(KINDS).agg(used=pl.col("taken").sum())
    rest = left.join(used, on=KINDS, how="left").with_columns(pl.col("used").fill_null(0))
    # Copies are numbered from what was there before, so the used ones are the lowest of those that are left.
    first = pl.col("copy").min().over(KINDS)
    return rest.filter(pl.col("copy") >= first + pl.col("used")).drop("used")


def _remainders(left: pl.DataFrame, lines: pl.DataFrame, allowed: pl.DataFrame) -> pl.DataFrame:
    """Balanced blocks with one line left: it takes every document that is left, if one party's that it may pay."""
    alone = lines.filter("is_balanced").filter(pl.len().over("block") == 1).select("line", "block")
    rest = left.join(alone, on="block").filter(pl.col("party").n_unique().over("block") == 1)
    rest = rest.join(allowed, on=["line", "party"], how="semi")
    return rest.group_by("block", "line", "party", "cents").agg(taken=pl.len().cast(pl.Int64)).cast(TAKEN)  # type: ignore[arg-type]


def _dealt(taken: pl.DataFrame, copies: pl.DataFrame) -> pl.DataFrame:
    """Documents for what each line takes: equal ones in order, the earlier line first."""
    dealt = taken.sort(*KINDS, "line").with_columns(end=pl.col("taken").cum_sum().over(KINDS))
    dealt = dealt.with_columns(copy=pl.int_ranges(pl.col("end") - pl.col("taken"), "end")).explode("copy")
    found = dealt.join(copies.with_columns(many=pl.len().over(KINDS)), on=[*KINDS, "copy"])
    return found.select("line", "bill", share=pl.col("taken") / pl.col("many"))
