"""Kinds of business that words in a merchant's name speak of, whatever labels a firm gives its spend."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from scipy.sparse import csr_matrix

PHRASE_WORDS_MAX = 3
# Words run together ("BRITISHCANOEING") or cut off ("NURSERIE") are read piece by piece, and believed half.
PIECE_LETTERS_AT_AN_END, PIECE_LETTERS_INSIDE, CUT_LETTERS = 4, 5, 5
PIECE_WEIGHT = 0.5
Places = tuple[int, ...]


@cache
def gazetteer() -> tuple[list[str], dict[str, Places]]:
    """The kinds, and each word or phrase (upper case) with the places of its kinds; written by hand in kinds.json."""
    table: dict[str, list[str]] = json.loads(Path(__file__).with_name("kinds.json").read_text())
    kinds = sorted(table)
    places: dict[str, Places] = {}
    for at, kind in enumerate(kinds):
        for phrase in table[kind]:
            places[phrase] = (*places.get(phrase, ()), at)
    return kinds, places


def kinds_of(texts: list[str]) -> csr_matrix:
    """One row per text (upper-case words, blanks between), one column per kind: how much of it the text speaks."""
    kinds, places = gazetteer()
    rows: list[int] = []
    columns: list[int] = []
    weights: list[float] = []
    for row, text in enumerate(texts):
        words = text.split()
        for start, word in enumerate(words):
            found = [place for size in range(PHRASE_WORDS_MAX) for place in _whole(" ".join(words[start:][: size + 1]))]
            weight = 1.0
            if not found and word not in places:
                found, weight = list(_pieces(word)), PIECE_WEIGHT
            rows += [row] * len(found)
            columns += found
            weights += [weight] * len(found)
    return csr_matrix((weights, (rows, columns)), shape=(len(texts), len(kinds)))


def _whole(phrase: str) -> Places:
    _, places = gazetteer()
    found = places.get(phrase, ())
    return found or (places.get(phrase[:-1], ()) if phrase.endswith("S") else ())


@cache
def _joined() -> dict[str, Places]:
    """The phrases as they look when a merchant writes them as one word."""
    _, places = gazetteer()
    joined: dict[str, Places] = {}
    for phrase, at in places.items():
        bare = phrase.replace(" ", "").replace("&", "")
        joined[bare] = tuple(sorted({*joined.get(bare, ()), *at}))
    return joined


@cache
def _beginnings() -> dict[str, Places]:
    """What a word that was cut off may have been, when all its continuations are of one kind."""
    meant: dict[str, set[int]] = {}
    for phrase, at in _joined().items():
        for length in range(CUT_LETTERS, len(phrase)):
            meant.setdefault(phrase[:length], set()).update(at)
    return {cut: tuple(at) for cut, at in meant.items() if len(at) == 1}


@cache
def _pieces(word: str) -> Places:
    joined = _joined()
    for length in range(len(word), PIECE_LETTERS_AT_AN_END - 1, -1):
        found: set[int] = set()
        for start in range(len(word) - length + 1):
            at_an_end = start == 0 or start + length == len(word)
            if length >= PIECE_LETTERS_INSIDE or at_an_end:
                found.update(joined.get(word[start : start + length], ()))
        if found:
            return tuple(sorted(found))
    return _beginnings().get(word, ())
