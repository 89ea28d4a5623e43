"""What kind of list the names come from: card lines, a supplier ledger or company registers look different as a whole.

Half-alike names mean less in a list of near misses than among strangers, and a name in capitals cut at 25 letters is
read otherwise than one from a register. These few shares let one model read all of them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

CONTEXT = ("list_capitals", "list_length", "list_codes", "list_legal", "list_alike")
# Fewer pairs say too little about their list; the model then reads without one.
PAIRS_LEAST = 30
_SAMPLE = 20_000


def context_of(left: pl.Series, right: pl.Series, legal: pl.Series) -> npt.NDArray[np.float64]:
    """Shares that describe a list of pairs, in the order of `CONTEXT`; NaN where there are too few pairs.

    Args:
        left, right: the texts of each pair.
        legal: the legal form of each distinct text, empty for none.
    """
    if len(left) < PAIRS_LEAST:
        return np.full(len(CONTEXT), np.nan)
    texts = pl.concat([left.alias("text"), right.alias("text")]).unique()
    # Evenly spaced rows: the same list gives the same shares whatever its length.
    step = max(1, len(left) // _SAMPLE)
    one, other = (side.gather_every(step).str.to_uppercase().to_list() for side in (left, right))
    alike = process.cpdist(one, other, scorer=JaroWinkler.normalized_similarity, workers=2)
    capitals, codes, forms = (
        np.asarray(flags.to_numpy(), dtype=np.float64).mean()
        for flags in (texts == texts.str.to_uppercase(), texts.str.contains(r"[*#]|\d{3}"), legal != "")
    )
    length = np.quantile(texts.str.len_chars().to_numpy(), 0.98)
    return np.array([capitals, min(60.0, float(length)) / 60, codes, forms, float(np.mean(alike))])
