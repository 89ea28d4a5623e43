"""Precision and recall of found pairs against true ones, beside a naive rule on the same data."""

from __future__ import annotations

from dataclasses import dataclass

Pairs = set[tuple[str, str, str]]


def header() -> str:
    """The table's head."""
    ours = f"{'measure':<24}{'true':>7}{'found':>7}{'precision':>11}{'recall':>9}"
    return f"{ours}   {'naive: precision':>16}{'recall':>9}"


def share(part: int, whole: int) -> float:
    """part / whole; 1 when there is nothing to divide."""
    return part / whole if whole else 1.0


@dataclass(frozen=True)
class Score:
    """One measure: the true pairs, ours, and the naive rule's."""

    name: str
    true: Pairs
    found: Pairs
    naive: Pairs

    @property
    def precision(self) -> float:
        """Share of found pairs that are true."""
        return share(len(self.found & self.true), len(self.found))

    @property
    def recall(self) -> float:
        """Share of true pairs that are found."""
        return share(len(self.found & self.true), len(self.true))

    def __str__(self) -> str:
        hits = len(self.naive & self.true)
        return (
            f"{self.name:<24}{len(self.true):>7}{len(self.found):>7}{self.precision:>11.4f}{self.recall:>9.4f}   "
            f"{share(hits, len(self.naive)):>16.4f}{share(hits, len(self.true)):>9.4f}"
        )
