"""What a linear model sees of a descriptor: words, pairs and pieces of words, how it is written, kinds of business."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from dbt_project.methods.categories.kinds import kinds_of

# Against the blocks of words, each of length 1 per text. From 0.5 to 2 changes little on a public card file.
KIND_WEIGHT = 1.5
PIECES_MAX = 60_000


class Features:
    """Turns keyed descriptors into a sparse matrix; the vocabulary is what the training texts hold."""

    def __init__(self) -> None:
        self._blocks: list[tuple[str, Any]] = [
            # A piece of a word that one descriptor alone has says nothing about another.
            ("words", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, lowercase=False)),
            ("words", TfidfVectorizer(analyzer=_words, sublinear_tf=True)),
            # As written: the case and the carrier in front tell two merchants of one name apart.
            ("named", TfidfVectorizer(token_pattern=r"[^\s*]+|\*", ngram_range=(1, 2), lowercase=False)),
        ]

    def fit(self, keys: pl.DataFrame) -> csr_matrix:
        """The matrix of the training keys (see `keys.keyed`), one row each."""
        blocks = []
        for at, (column, block) in enumerate(self._blocks):
            if at == 0 and keys.height > 1_000:
                block.set_params(min_df=2, max_features=PIECES_MAX)
            blocks.append(block.fit_transform(_texts(keys, column)))
        return hstack([*blocks, _kinds(keys)]).tocsr()

    def of(self, keys: pl.DataFrame) -> csr_matrix:
        """The matrix of other keys, in the same columns."""
        blocks = [block.transform(_texts(keys, column)) for column, block in self._blocks]
        return hstack([*blocks, _kinds(keys)]).tocsr()


def _texts(keys: pl.DataFrame, column: str) -> list[str]:
    # A text without a word would leave a vocabulary empty; the dot stands for it.
    return [text if text.strip() else "." for text in keys[column].to_list()]


def _words(text: str) -> list[str]:
    words = text.split()
    pairs = [f"{first} {second}" for first, second in zip(words, words[1:], strict=False)]
    return [*words, *pairs, f"^{words[0]}", f"{words[-1]}$"] if words else ["."]


def _kinds(keys: pl.DataFrame) -> csr_matrix:
    found = kinds_of(keys["words"].to_list())
    # Each text's kinds share one length, so a text with many does not shout.
    norm = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
    norm[norm == 0] = 1.0
    scaled: csr_matrix = found.multiply(KIND_WEIGHT / norm[:, None]).tocsr()
    return scaled
