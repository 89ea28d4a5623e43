"""Names that occur in a client's records against the parties it knows: scored so that no score ever moves by itself."""

from __future__ import annotations

import numpy as np
import polars as pl

from dbt_project.methods.names.blocks import candidates
from dbt_project.methods.names.clean import clean_texts
from dbt_project.methods.names.context import CONTEXT
from dbt_project.methods.names.scorer import Names

# A client's books hold a few hundred parties; so many near ones leave no rival out.
_PER_NAME = 12
_SHAPE = {
    "group": pl.String,
    "name": pl.String,
    "party_name": pl.String,
    "score": pl.Float64,
    "fit": pl.Float64,
    "evidence": pl.String,
}


def clean_names(texts: pl.DataFrame) -> pl.DataFrame:
    """The clean name of each text.

    Args:
        texts: text, is_descriptor (written by a bank or card network, not kept by people); pairs may repeat.

    Returns:
        One row per distinct pair: text, is_descriptor, clean_name (may be empty), legal_form (may be empty).
    """
    parts = [
        clean_texts(texts.filter(pl.col("is_descriptor") == kind)["text"], descriptors=kind).select(
            "text", pl.lit(kind).alias("is_descriptor"), pl.col("clean").alias("clean_name"), legal_form="legal"
        )
        for kind in (True, False)
    ]
    return pl.concat(parts).sort("is_descriptor", "text")


def party_scores(names: pl.DataFrame, parties: pl.DataFrame) -> pl.DataFrame:
    """How likely each name is each party that is near it, within one group.

    A pair's score depends on its two names alone: rarity comes from the shipped table and no list is looked at as a
    whole. So a text changes its party between two builds only when a party came or went, a person ruled, or the model
    itself was released anew.

    Args:
        names: group (whose names may meet, as client and direction), name (clean); no nulls.
        parties: group, name (clean name of a known party); no nulls.

    Returns:
        One row per name and near party name: group, name, party_name, score (0 to 1), fit (the score for the choice
        among parties: a name cut short fits all that it is the front of as well as the best of them), evidence.
    """
    mine, theirs = (frame.select("group", "name").unique(maintain_order=True) for frame in (names, parties))
    near = candidates(
        mine["name"], theirs["name"], within=(mine["group"], theirs["group"]), per_name=_PER_NAME, least=0.1
    )
    found = mine[near["left"]].with_columns(theirs["name"].gather(near["right"]).alias("party_name"))
    if found.is_empty():
        return pl.DataFrame(schema=_SHAPE)
    scorer = Names(pl.concat([found["name"], found["party_name"].alias("name")]), counted=False)
    unknown = np.full(len(CONTEXT), np.nan)
    scored = scorer.score(found["name"], found["party_name"], context=unknown, evidence=True)
    found = found.hstack(scored.select("score", "evidence"))
    front = pl.col("party_name").str.starts_with(pl.col("name")) & (pl.col("party_name") != pl.col("name"))
    best = pl.when(front).then("score").max().over("group", "name")
    found = found.with_columns(pl.when(front).then(best).otherwise("score").alias("fit"))
    return found.select(list(_SHAPE)).sort("group", "name", "party_name")
