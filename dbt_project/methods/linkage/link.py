"""Link the two sides of payments: one row that leaves, one that arrives, days later and not always the same amount."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from dbt_project.methods.linkage import model
from dbt_project.methods.linkage.assign import assign
from dbt_project.methods.linkage.candidates import CHUNK, Blocks
from dbt_project.methods.linkage.levels import Floats, Pairs, compare, joined
from dbt_project.methods.linkage.memos import memos
from dbt_project.methods.linkage.windows import Windows, windows

# Below even odds a link is more likely wrong than right.
LINKED = 0.5
# Chance pairs that u is counted on.
BACKGROUND = 3_000_000
Progress = Callable[[str, float], None]
EMPTY = {"origin": pl.Int64, "destination": pl.Int64, "score": pl.Float64}


def link(
    origin: pl.DataFrame, destination: pl.DataFrame, threshold: float = LINKED, progress: Progress | None = None
) -> pl.DataFrame:
    """One-to-one links between two sides of payments, without a known link to learn from.

    Args:
        origin, destination: frames of `day` (date), `minor` (integer minor units, either sign), `memo` (text or null)
            and, where only rows of one client may be linked, `block` (any type that joins).
        threshold: links below this probability are left out.
        progress: told (what is done, share done 0 to 1).

    Returns:
        Rows of origin and destination (row numbers from 0), score (probability, 0 to 1); sorted by origin.
    """
    told = progress or (lambda what, share: None)
    left, right = _prepared(origin, destination)
    if left.is_empty() or right.is_empty():
        return pl.DataFrame(schema=EMPTY)
    told("reading how far payments move", 0.0)
    within = windows(left, right)
    blocks = Blocks(left, right, within.wide)
    if blocks.is_whole:
        within = within.wide
    else:
        blocks = Blocks(left, right, within)
    told("weighing memos", 0.1)
    texts = memos(left["memo"], right["memo"])
    chance = _chance(left, right, within)
    middle = max((len(left) - CHUNK) // 2, 0)
    told("learning what a link looks like", 0.3)
    pairs = compare(blocks.pairs(middle, CHUNK), texts, within)
    background = compare(blocks.background(BACKGROUND), texts, within)
    if not len(pairs):
        return pl.DataFrame(schema=EMPTY)
    rows = (min(len(left), CHUNK), min(len(right), round(CHUNK * len(right) / len(left))))
    fitted = model.fit(pairs, background, chance, rows, within)
    if len(left) <= CHUNK:
        near, weights = _near(pairs, fitted, chance)
    else:
        parts: list[tuple[Pairs, Floats]] = []
        for number, chunk in enumerate(blocks.chunks()):
            told("comparing", 0.4 + 0.5 * number * CHUNK / len(left))
            parts.append(_near(compare(chunk, texts, within), fitted, chance))
        near, weights = joined([pairs for pairs, _ in parts]), np.concatenate([weight for _, weight in parts])
    told("settling rivals", 0.9)
    probability = model.settled(near, weights, (len(left), len(right)))
    chosen = assign(near.origin, near.destination, probability)
    links = pl.DataFrame(
        {
            "origin": near.origin[chosen],
            "destination": near.destination[chosen],
            "score": np.clip(probability[chosen], 0, 1),
        },
        schema=EMPTY,
    )
    told("done", 1.0)
    return links.filter(pl.col("score") >= threshold).sort("origin")


def _near(pairs: Pairs, fitted: model.Model, chance: model.Chance) -> tuple[Pairs, Floats]:
    weight = fitted.weight(pairs, chance)
    kept = model.hopeful(pairs, weight)
    return pairs.take(kept), weight[kept]


def _prepared(origin: pl.DataFrame, destination: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both sides as row, block (a number), day, minor (absolute) and memo (upper case, single spaces)."""
    sides = []
    for side in (origin, destination):
        block = pl.col("block") if "block" in side.columns else pl.lit(0)
        memo = pl.col("memo").fill_null("").str.to_uppercase().str.replace_all(r"\s+", " ").str.strip_chars()
        sides.append(
            side.select(
                row=pl.int_range(pl.len()),
                block=block,
                day=pl.col("day").to_physical().cast(pl.Int32),
                minor=pl.col("minor").abs(),
                memo=memo,
            )
        )
    if sides[0].schema["block"] != pl.Int32:
        names = pl.concat([side.select("block") for side in sides]).unique(maintain_order=True).with_row_index("code")
        sides = [
            side.join(names, on="block", how="left", nulls_equal=True, maintain_order="left")
            .drop("block")
            .rename({"code": "block"})
            .with_columns(pl.col("block").cast(pl.Int32))
            for side in sides
        ]
    return sides[0], sides[1]


def _chance(origin: pl.DataFrame, destination: pl.DataFrame, within: Windows) -> model.Chance:
    """Rows of the other side that chance alone would bring into each row's windows, and those of equal amount."""
    first, last = within.days
    low, high = within.ratio
    seen = (
        _crowd(origin, destination, (first, last), (low, high)),
        _crowd(destination, origin, (-last, -first), (-high, -low)),
    )
    equal = origin.join(
        destination.group_by("block", "minor").len("equal"), on=["block", "minor"], how="left", maintain_order="left"
    )["equal"]
    return model.Chance(*seen, equal.fill_null(0).to_numpy().astype(np.float64))


def _crowd(side: pl.DataFrame, other: pl.DataFrame, days: tuple[int, int], ratio: tuple[float, float]) -> Floats:
    """Share near in amount times share near in days, times rows, inside the block."""
    near = []
    for column, low, high in (("day", *days), ("amount", *ratio)):
        value = (
            pl.col("day").cast(pl.Float64) if column == "day" else pl.max_horizontal("minor", 1).cast(pl.Float64).log()
        )
        # Blocks stand so far apart on one line that no window reaches from one to the next.
        apart = 1e6
        line = np.sort(other.select(value + pl.col("block") * apart).to_series().to_numpy())
        here = side.select(value + pl.col("block") * apart).to_series().to_numpy()
        found = np.searchsorted(line, here + high + 1e-9, "right") - np.searchsorted(line, here + low - 1e-9)
        near.append(found.astype(np.float64))
    size = side.join(other.group_by("block").len("size"), on="block", how="left", maintain_order="left")["size"]
    crowd: Floats = near[0] * near[1] / np.maximum(size.fill_null(0).to_numpy().astype(np.float64), 1.0)
    return crowd
