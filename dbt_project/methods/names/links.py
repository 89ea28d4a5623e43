"""Two lists of names -> at most one link per left name, with the chance that the link is right."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

from dbt_project.methods.names.blocks import candidates
from dbt_project.methods.names.scorer import AUTOMATIC, PROPOSED, Names

Array = npt.NDArray[np.float64]
_FITTED_SHARE = 0.4
# One company under two ids looks like a stranger to the estimate, so it is not believed beyond this factor of odds.
_DOUBT_MOST = 0.3


def link_names(
    left: pl.DataFrame, right: pl.DataFrame, *, least: float = PROPOSED, tell: Callable[[str], None] | None = None
) -> pl.DataFrame:
    """Link each left name to the right name that is most likely the same party, or to none.

    The score is the chance that this right name is the one, weighed against every rival; a rival is a candidate that
    is not itself another spelling of the chosen name. Two that fit alike leave the name unlinked.

    Args:
        left, right: id and name; ids are keys, names without nulls.
        least: links below this score are not made.
        tell: is told what is being done, for long lists.

    Returns:
        left_id, right_id, score, runner_up_score (of the best rival, null without one), evidence; a row per link.
    """
    say = tell or (lambda text: None)
    say(f"{left.height + right.height:,} names cleaned")
    names = Names(pl.concat([left["name"], right["name"]]))
    cleaned = names.cleaned.select("text", "clean").filter(pl.col("clean") != "")
    sides = [
        side.select("name").unique(maintain_order=True).join(cleaned, left_on="name", right_on="text")
        for side in (left, right)
    ]
    mine, theirs = (side["clean"].unique(maintain_order=True) for side in sides)
    near = candidates(mine, theirs)
    near = near.with_columns(mine.gather(near["left"]).alias("left"), theirs.gather(near["right"]).alias("right"))
    say(f"{near.height:,} pairs of names to compare")
    texts = (
        near.join(sides[0].rename({"name": "one"}), left_on="left", right_on="clean")
        .join(_few_per_name(sides[1]).rename({"name": "other"}), left_on="right", right_on="clean")
        .select("one", "other", pl.col("left").alias("one_clean"), pl.col("right").alias("other_clean"))
    )
    scored = texts.with_columns(names.score(texts["one"], texts["other"])["score"])
    chosen = _chosen(scored, names, of=left["name"].n_unique())
    chosen = chosen.filter(pl.col("chance") >= least)
    evidence = names.score(
        chosen["one"], chosen["other"], context=names.context(texts["one"], texts["other"]), evidence=True
    )
    first = right.unique("name", keep="first", maintain_order=True)
    return (
        left.select(pl.col("id").alias("left_id"), "name")
        .join(
            chosen.with_columns(evidence["evidence"] if len(chosen) else pl.lit("").alias("evidence")),
            left_on="name",
            right_on="one",
            maintain_order="left",
        )
        .join(
            first.select(pl.col("id").alias("right_id"), pl.col("name").alias("other")),
            on="other",
            maintain_order="left",
        )
        .select("left_id", "right_id", pl.col("chance").alias("score"), "runner_up_score", "evidence")
    )


def _few_per_name(side: pl.DataFrame, most: int = 5) -> pl.DataFrame:
    """A few spellings of each clean name: two hundred stores of one chain are one candidate."""
    return side.group_by("clean", maintain_order=True).head(most).select("name", "clean")


def _chosen(scored: pl.DataFrame, names: Names, *, of: int) -> pl.DataFrame:
    """The best candidate of each left text, with the chance that it is the one."""
    ranked = scored.sort("one", pl.col("score").neg(), "other").with_columns(
        pl.int_range(pl.len()).over("one").alias("place")
    )
    best = ranked.filter(pl.col("place") == 0).select("one", "other", "other_clean", "score")
    # Below a tenth a candidate's odds cannot move the outcome by more than its rounding.
    rest = ranked.filter((pl.col("place") > 0) & (pl.col("score") >= 0.1)).join(
        best.select(
            "one",
            pl.col("other").alias("best"),
            pl.col("other_clean").alias("best_clean"),
            pl.col("score").alias("most"),
        ),
        on="one",
    )
    rest = rest.filter(pl.col("other_clean") != pl.col("best_clean"))
    kin = names.score(rest["best"], rest["other"])["score"] if len(rest) else pl.Series([], dtype=pl.Float64)
    # A name cut short fits all that it is the front of alike, whatever their other words.
    front = pl.all_horizontal(
        pl.col(side).str.starts_with(pl.col("one_clean")) & (pl.col(side) != pl.col("one_clean"))
        for side in ("other_clean", "best_clean")
    )
    rivals = (
        rest.with_columns(kin.alias("kin"), pl.when(front).then("most").otherwise("score").alias("fit"))
        # What would be merged with the chosen name by itself is another spelling of it.
        .filter(pl.col("kin") < AUTOMATIC)
        .group_by("one")
        .agg(
            pl.col("score").max().alias("runner_up_score"),
            ((pl.col("fit") / (1 - pl.col("fit"))) ** 2).sum().alias("squares"),
        )
    )
    both = best.join(rivals, on="one", how="left", maintain_order="left")
    own = (both["score"] / (1 - both["score"])).to_numpy()
    chance = _chance(own, both["squares"].fill_null(0.0).to_numpy(), of)
    return both.with_columns(pl.Series("chance", chance)).select("one", "other", "chance", "runner_up_score")


def _chance(own: Array, rivals: Array, of: int) -> Array:
    """The chance of each best candidate, given its rivals and how many of the names have a partner at all.

    Rivals share words with the name that the best candidate explains already, so candidates compete by their odds
    squared: of two that fit alike each keeps half, one that fits clearly better keeps nearly all.

    Scores were fitted where two pairs in five were true. Where few names have any partner, a good-looking candidate is
    more often a stranger; the share is estimated from the scores themselves (expectation-maximisation) and believed
    down to `_DOUBT_MOST`.
    """
    alone = own**2 / (own**2 + rivals)
    ratio = 1.0
    for _ in range(30):
        chance = alone * ratio * own / (1 + ratio * own)
        share = min(float(chance.sum()) / max(1, of), 0.999)
        ratio = float(np.clip((share / (1 - share)) / (_FITTED_SHARE / (1 - _FITTED_SHARE)), _DOUBT_MOST, 1.0))
    return np.asarray(alone * ratio * own / (1 + ratio * own))
