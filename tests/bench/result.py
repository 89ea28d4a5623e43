"""What a benchmark reports: one row per data set and method, in tables that stand in the documentation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby


@dataclass(frozen=True)
class Result:
    """How one method did on one data set.

    Attributes:
        topic: what is measured, the table's title.
        data_set: on what, with its size or seed.
        method: "ours", "naive: …", "library: …" or "rival: …".
        figures: measure → value; shares are 0 to 1.
        note: what the method abstains from, or why a row is empty.
    """

    topic: str
    data_set: str
    method: str
    figures: dict[str, float | int | str] = field(default_factory=dict)
    note: str = ""


def tables(results: Iterable[Result]) -> str:
    """The results as Markdown, a table per topic, in the order given."""
    parts = []
    for topic, group in groupby(results, key=lambda result: result.topic):
        rows = list(group)
        names = list(dict.fromkeys(name for row in rows for name in row.figures))
        head = ["data", "method", *names, "note"]
        lines = [f"### {topic}", "", "| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
        for row in rows:
            cells = [row.data_set, row.method, *(_shown(row.figures.get(name)) for name in names), row.note]
            lines.append("| " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _shown(value: float | int | str | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else value
