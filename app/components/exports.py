"""Tables to take away: CSV text that a spreadsheet opens as what it is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from app.components.words import csv_cell


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A head and a line per row, its values in the order of the columns. Amounts stay numbers, in minor units."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([csv_cell(value) for value in row] for row in rows)
    return out.getvalue()
