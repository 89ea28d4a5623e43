"""How likely two names are one party, and which evidence says so."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl

from dbt_project.methods.names.clean import clean_texts
from dbt_project.methods.names.context import context_of
from dbt_project.methods.names.evidence import PAIR, pair_evidence
from dbt_project.methods.names.model import fitted
from dbt_project.methods.names.parts import Name, Rarity, name_of
from dbt_project.methods.names.wording import told

# Two texts alike to the letter are as sure as names get; any other pair stays below that, and none is impossible.
SAME_TEXT, MOST, LEAST = 0.998, 0.995, 0.002
# Above it a link is made without asking; between the two it is proposed.
AUTOMATIC, PROPOSED = 0.85, 0.5
_CHUNK = 200_000


class Names:
    """Names ready to be compared: each distinct text cleaned once, rarity counted over all of them."""

    def __init__(self, texts: pl.Series, *, descriptors: bool = True, counted: bool = True) -> None:
        """Clean the texts; nulls are left out.

        With `counted` off a word's rarity comes from the shipped table alone, so that the score of two names never
        depends on which other names are there.
        """
        self.cleaned = clean_texts(texts, descriptors=descriptors)
        rarity = Rarity(self.cleaned["clean"] if counted else ())
        columns = self.cleaned.select("text", "clean", "tail", "legal", "numbers", "inside")
        self._names: dict[str, Name] = {
            text: name_of(text, clean, tail, legal, numbers, inside, rarity)
            for text, clean, tail, legal, numbers, inside in columns.iter_rows()
        }

    def score(
        self,
        left: pl.Series,
        right: pl.Series,
        *,
        context: npt.NDArray[np.float64] | None = None,
        evidence: bool = False,
    ) -> pl.DataFrame:
        """Probability that the two texts of each row name one party.

        Args:
            left, right: texts that were given to the constructor, no nulls.
            context: of a whole list (`context_of`), when these rows are a part of it; otherwise their own.
            evidence: also name the evidence that moved the score most.

        Returns:
            `score` from 0 to 1, the same for left-right and right-left, row by row; with `evidence` a text as
            "rare word shared +1.9, places differ -0.8" (shares of the log-odds).
        """
        if context is None:
            context = self.context(left, right)
        pairs = pl.DataFrame({"left": left, "right": right}).select(
            pl.min_horizontal("left", "right").alias("one"), pl.max_horizontal("left", "right").alias("other")
        )
        distinct = pairs.unique(maintain_order=True)
        found = [self._scored(part, context, evidence) for part in distinct.iter_slices(_CHUNK)]
        if not found:
            empty = {"score": pl.Float64} | ({"evidence": pl.String} if evidence else {})
            return pl.DataFrame(schema=empty)
        return pairs.join(pl.concat(found), on=["one", "other"], how="left", maintain_order="left").drop("one", "other")

    def context(self, left: pl.Series, right: pl.Series) -> npt.NDArray[np.float64]:
        """What the list of these pairs looks like as a whole."""
        return context_of(left, right, self.cleaned["legal"])

    def _scored(self, pairs: pl.DataFrame, context: npt.NDArray[np.float64], evidence: bool) -> pl.DataFrame:
        one, other = pairs["one"].to_list(), pairs["other"].to_list()
        rows = pair_evidence([self._names[text] for text in one], [self._names[text] for text in other])
        rows = np.hstack([rows, np.tile(context, (len(rows), 1))])
        model = fitted()
        if evidence:
            probability, shares = model.explained(rows)
            pairs = pairs.with_columns(pl.Series("evidence", told(shares[:, : len(PAIR)]), dtype=pl.String))
        else:
            probability = model.probability(rows)
        score = np.clip(probability, LEAST, MOST)
        silent = pl.Series(
            [not (self._names[a].clean and self._names[b].clean) for a, b in zip(one, other, strict=True)],
            dtype=pl.Boolean,
        )
        return pairs.with_columns(
            pl.when(silent & ((pl.col("one") != pl.col("other")) | (pl.col("one") == "")))
            .then(LEAST)
            .when(pl.col("one") == pl.col("other"))
            .then(SAME_TEXT)
            .otherwise(pl.Series(score))
            .alias("score")
        )


def score_pairs(left: pl.Series, right: pl.Series, *, evidence: bool = False) -> pl.DataFrame:
    """Probability that the two texts of each row name one party; see `Names.score`.

    Args:
        left, right: texts, no nulls.
        evidence: also name the evidence.
    """
    return Names(pl.concat([left.alias("text"), right.alias("text")])).score(left, right, evidence=evidence)
