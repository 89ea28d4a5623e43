"""How much two memos have in common, in bits: what a text says is worth as much as it is rare in these files.

A memo is a bag of tokens, and every token is all of its beginnings: `SMITH` is S, SM, SMI, SMIT, SMITH and `SMITH.`,
so that a text cut by a bank still shares most of its information. A beginning is worth log2(rows that show the one
before it / rows that show it): the beginnings of a token add up to -log2 of the token's own share of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

# Longer tokens are references; their first letters already say which.
LETTERS = 12
# Pairs compared at once: about 200 MB.
PAIRS_AT_ONCE = 400_000
END = "\u0000"


@dataclass(frozen=True, slots=True)
class Memos:
    """Both files' memos as rows of counted beginnings.

    Attributes:
        origin: sparse counts, a row per origin and a column per beginning.
        destination: the same columns for destinations.
        bits: what each beginning adds, in bits.
        origin_bits: what each origin's memo says altogether.
        destination_bits: the same for destinations.
    """

    origin: Any
    destination: Any
    bits: NDArray[np.float32]
    origin_bits: NDArray[np.float32]
    destination_bits: NDArray[np.float32]


def tokens(memo: pl.Series) -> pl.Series:
    """Lists of words per row: upper case, without accents, an empty list where there is no memo."""
    plain = memo.fill_null("").str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.to_uppercase()
    return plain.str.extract_all(r"[\p{L}\p{N}]+")


def memos(origin: pl.Series, destination: pl.Series) -> Memos:
    """Count beginnings on both sides and weigh them by how rare they are over both."""
    sides = (tokens(origin), tokens(destination))
    words = pl.concat([side.explode().drop_nulls() for side in sides]).unique().sort()
    table, parents = _beginnings(words)
    counted = [_counted(side, words, table) for side in sides]
    rows = len(origin) + len(destination)
    shown = np.zeros(table.shape[1], dtype=np.int64)
    for side in counted:
        shown += np.bincount(side.indices, minlength=table.shape[1])
    before = np.where(parents >= 0, shown[parents], rows)
    bits = np.log2(np.maximum(before, 1) / np.maximum(shown, 1)).clip(0).astype(np.float32)
    own = [np.asarray(side @ bits, dtype=np.float32) for side in counted]
    return Memos(counted[0], counted[1], bits, own[0], own[1])


def shared(memos: Memos, origin: NDArray[np.int64], destination: NDArray[np.int64]) -> NDArray[np.float32]:
    """Bits that each pair of rows has in common; float32, a value per pair."""
    found = np.empty(len(origin), dtype=np.float32)
    for start in range(0, len(origin), PAIRS_AT_ONCE):
        at = slice(start, start + PAIRS_AT_ONCE)
        found[at] = memos.origin[origin[at]].minimum(memos.destination[destination[at]]) @ memos.bits
    return found


def _beginnings(words: pl.Series) -> tuple[Any, NDArray[np.int64]]:
    """A row per word and a column per beginning; and each beginning's own beginning, -1 for a first letter."""
    ids: dict[str, int] = {}
    parents: list[int] = []
    columns: list[int] = []
    starts = [0]
    for word in words.to_list():
        parent = -1
        for text in [*(word[: length + 1] for length in range(min(len(word), LETTERS))), word + END]:
            known = ids.setdefault(text, len(ids))
            if known == len(parents):
                parents.append(parent)
            columns.append(known)
            parent = known
        starts.append(len(columns))
    ones = np.ones(len(columns), dtype=np.float32)
    table = sparse.csr_matrix((ones, columns, starts), shape=(len(words), len(ids)))
    return table, np.asarray(parents, dtype=np.int64)


def _counted(side: pl.Series, words: pl.Series, table: Any) -> Any:
    lengths = side.list.len().to_numpy()
    flat = side.explode().drop_nulls()
    columns = flat.to_frame("word").join(
        words.to_frame("word").with_row_index("id"), on="word", how="left", maintain_order="left"
    )["id"]
    starts = np.concatenate([[0], np.cumsum(lengths)])
    rows = sparse.csr_matrix(
        (np.ones(len(flat), dtype=np.float32), columns.to_numpy().astype(np.int32), starts),
        shape=(len(side), len(words)),
    )
    found = rows @ table
    found.sort_indices()
    return found
