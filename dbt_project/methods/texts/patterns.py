"""Many texts against a table of patterns, a pattern at a time.

DuckDB compiles a pattern that comes out of a table anew for each row; here each is compiled once. The dialect is RE2
here as there, so that a pattern means the same in a Python model and in SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

# Place of a text that no pattern matches.
NONE = -1


@dataclass(frozen=True, slots=True)
class Pattern:
    """One regular expression and the rows that it may name."""

    expression: str
    column: str
    """The column that it reads."""
    direction: str
    """The value of the column `direction` that a row must have; `any` reads every row."""


def first_match(texts: pa.Table, patterns: Sequence[Pattern]) -> NDArray[np.int64]:
    """The place among `patterns`, the first that matches winning, for each row; NONE where none does.

    Args:
        texts: direction, and the columns that the patterns name, all of them texts; an empty value matches nothing.
        patterns: in the order in which they are tried.

    Raises:
        pa.ArrowInvalid: an expression is none that RE2 reads.
    """
    found = np.full(texts.num_rows, NONE, dtype=np.int64)
    for place, pattern in enumerate(patterns):
        may = found == NONE
        if pattern.direction != "any":
            may &= np.asarray(pc.equal(texts["direction"], pattern.direction).fill_null(False))
        rows = np.flatnonzero(may)
        hit = pc.match_substring_regex(texts[pattern.column].take(pa.array(rows)), pattern.expression)
        found[rows[np.asarray(hit.fill_null(False))]] = place
    return found
