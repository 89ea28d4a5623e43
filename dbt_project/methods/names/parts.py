"""A cleaned name as weighted words, made once per distinct name; the rarity of a word comes from the names at hand.

A word that many parties carry ("SERVICES") says little, a word that one carries says nearly all. Rarity is counted in
the given names and steadied by a shipped table of common business words, which leads while the names are few.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dbt_project.methods.names.clean import fold
from dbt_project.methods.names.words import ABBREVIATIONS, GEOGRAPHY, LEGAL_FORMS, PREFIXES, ROMAN, SILENT

# The shipped table weighs as much as this many names of the caller's own.
PRIOR_NAMES = 4000
_SPLIT = re.compile(
    r"\bT/?AS?\b|\bTRADING AS\b|\bRE:?\b|\bC/O\b|\bD/?B/?A\b|\bFORMERLY\b|\bA/?K/?A\b|\bFAO\b|[()@/*]|\s-\s"
)
_MARK = re.compile(r"\s*([A-Z0-9&]{2,4}) ?\*+\s*[A-Z]{3}")
_PROCESSORS = frozenset(PREFIXES.split("|"))
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as compared (abbreviations written out), as written, and its rarity: 0 everywhere, 1 one of a kind."""

    same: str
    written: str
    rarity: float


@dataclass(frozen=True, slots=True)
class Name:
    """All that the comparison of two names reads, see the modules' fields below.

    Attributes:
        words: of the clean name, in order.
        tail: words behind a merchant's star.
        clean: the clean name; `glued` without its spaces.
        legal: short legal form or empty.
        numbers: digit strings; `inside` the one before the legal form; `ordinal` what stands as II, III, IV.
        segments: the name cut at "trading as", "re", brackets and slashes, as word sets, when there are at least two.
        initials: first letters of the words that speak.
        house: a merchant's own short mark before a star ("NOR" of NOR*NORTHERN TOOL); a processor's mark says nothing.
        length: of the text as given; `foreign` when it is written in letters beyond Latin.
    """

    words: tuple[Word, ...]
    tail: tuple[str, ...]
    clean: str
    glued: str
    legal: str
    numbers: frozenset[str]
    inside: str
    ordinal: frozenset[int]
    segments: tuple[frozenset[str], ...]
    initials: str
    house: str
    length: int
    foreign: bool


class Rarity:
    """How much a word says, from the names given and the shipped table."""

    def __init__(self, clean_names: Iterable[str]) -> None:
        """Count in how many distinct clean names each word stands."""
        names = set(clean_names)
        self._names = len(names)
        self._counts: Counter[str] = Counter()
        for name in names:
            self._counts.update({same(word) for word in name.split()})
        self._rates = common_words()
        self._known: dict[str, float] = {}

    def __call__(self, word: str) -> float:
        """Rarity of a word as compared, 0 to 1."""
        if word in SILENT:
            return 0.02
        if (known := self._known.get(word)) is None:
            seen = self._counts.get(word, 0) + PRIOR_NAMES * self._rates.get(word, 0.0)
            share = max(seen, 0.5) / (self._names + PRIOR_NAMES)
            # One name in 8,000 or fewer carries it: as rare as it gets.
            known = min(1.0, math.log(1 / share) / math.log(8000))
            if word.isdigit():
                known = min(known, 0.5)
            self._known[word] = known
        return known


@cache
def common_words() -> dict[str, float]:
    """Share of business names that carry each common word; learned by tests/bench/fit_names.py."""
    found: dict[str, float] = json.loads((files(__package__) / "common_words.json").read_text())["rates"]
    return found


def same(word: str) -> str:
    """The word under which all its spellings meet."""
    found = ABBREVIATIONS.get(word, word)
    if found is word and len(word) > 4 and word.endswith("S") and not word.endswith("SS"):
        found = ABBREVIATIONS.get(word[:-1], word[:-1])
    return found


@cache
def _brands() -> dict[str, str]:
    """Other name of a brand -> the name it is best known by: the seed `brand_aliases`."""
    lines = (files("dbt_project") / "seeds" / "brand_aliases.csv").read_text(encoding="utf-8").splitlines()
    return {alias: brand for brand, alias in (line.split(",") for line in lines[1:])}


def as_brand(words: list[str]) -> list[str]:
    """The words with a brand's other name in front replaced by the one it is best known by."""
    brands = _brands()
    for count in range(min(5, len(words)), 0, -1):
        if (found := brands.get(" ".join(words[:count]))) is not None:
            return [*found.split(), *words[count:]]
    return words


def name_of(text: str, clean: str, tail: str, legal: str, numbers: str, inside: str, rarity: Rarity) -> Name:
    """Put a row of `clean_texts` into the form that is compared."""
    plain = as_brand(clean.split())
    clean = " ".join(plain)
    folded = fold(text)
    mark = _MARK.match(folded)
    words = tuple(Word(alike := same(word), word, rarity(alike)) for word in plain)
    pieces = [_speaking(piece) for piece in _SPLIT.split(folded)]
    segments = tuple(dict.fromkeys(piece for piece in pieces if piece))
    return Name(
        words=words,
        tail=tuple(same(word) for word in tail.split()),
        clean=clean,
        glued=clean.replace(" ", ""),
        legal=legal,
        numbers=frozenset(numbers.split()),
        inside=inside,
        ordinal=frozenset(ROMAN[word] for word in plain if word in ROMAN),
        segments=segments if len(segments) > 1 else (),
        initials="".join(word if word in ("US", "UK", "EU") else word[0] for word in plain if word not in SILENT),
        house=mark.group(1) if mark and mark.group(1) not in _PROCESSORS else "",
        length=len(text),
        foreign=any(ord(letter) > 0x2FF for letter in text if letter.isalpha()),
    )


def _speaking(piece: str) -> frozenset[str]:
    """The words of a piece of a name that can stand for a party by themselves."""
    words = _WORD.findall(piece)
    return frozenset(same(word) for word in words if word not in LEGAL_FORMS and not word.isdigit()) - SILENT


def is_place(word: Word) -> bool:
    """A word of geography: it tells branches and neighbours apart, not families."""
    return word.written in GEOGRAPHY or word.same in GEOGRAPHY
