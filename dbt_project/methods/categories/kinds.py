"""Kinds of business that words in a merchant's name speak of, whatever labels a firm gives its spend."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from scipy.sparse import csr_matrix

PHRASE_WORDS_MAX = 3


@cache
def gazetteer() -> tuple[list[str], dict[str, list[int]]]:
    """The kinds, and each word or phrase (upper case) with the places of its kinds; written by hand in kinds.json."""
    table: dict[str, list[str]] = json.loads(Path(__file__).with_name("kinds.json").read_text())
    kinds = sorted(table)
    places: dict[str, list[int]] = {}
    for at, kind in enumerate(kinds):
        for phrase in table[kind]:
            places.setdefault(phrase, []).append(at)
    return kinds, places


def kinds_of(texts: list[str]) -> csr_matrix:
    """One row per text (upper-case words, blanks between), one column per kind: how many of its phrases it holds."""
    kinds, places = gazetteer()
    rows, columns = [], []
    for row, text in enumerate(texts):
        words = text.split()
        for start in range(len(words)):
            for size in range(1, PHRASE_WORDS_MAX + 1):
                for at in _places(" ".join(words[start : start + size]), places) if start + size <= len(words) else ():
                    rows.append(row)
                    columns.append(at)
    return csr_matrix(([1.0] * len(rows), (rows, columns)), shape=(len(texts), len(kinds)))


def _places(phrase: str, places: dict[str, list[int]]) -> list[int]:
    found = places.get(phrase)
    if found is None and phrase.endswith("S"):
        found = places.get(phrase[:-1])
    return found or []
