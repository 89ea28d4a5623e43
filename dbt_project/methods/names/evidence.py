"""Two names -> pieces of evidence, each a named number; the order of the two names changes none of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler, LCSseq, Prefix

from dbt_project.methods.names.align import Alignment, align
from dbt_project.methods.names.parts import Name, is_place
from dbt_project.methods.names.words import SILENT

Array = npt.NDArray[np.float64]

# Likeness of letters, all pairs at once in C++: on the clean names (c) or without spaces (g).
LETTERS: dict[str, tuple[str, Any]] = {
    "letters_alike": ("g", fuzz.ratio),
    "letters_in_part": ("g", fuzz.partial_ratio),
    "words_sorted": ("c", fuzz.token_sort_ratio),
    "words_shared": ("c", fuzz.token_set_ratio),
    "letters_weighed": ("c", fuzz.WRatio),
    "letters_from_front": ("g", JaroWinkler.normalized_similarity),
    "letters_in_order": ("g", LCSseq.normalized_similarity),
}
WORDS = (
    "equal_name",
    "equal_letters",
    "cover_small",
    "cover_large",
    "shared_rarity",
    "rarest_shared",
    "rarest_equal",
    "own_word_each",
    "own_word_one",
    "own_rarity_each",
    "own_rarity_one",
    "own_count_each",
    "own_count_one",
    "first_word",
    "first_rarity",
    "cut_share",
    "typo_share",
    "typo_worst",
    "place_each",
    "place_one",
    "place_only",
    "number_differs",
    "number_agrees",
    "number_one",
    "number_in_name",
    "ordinal_differs",
    "legal_agrees",
    "legal_differs",
    "legal_one",
    "initials",
    "house_agrees",
    "front_letters",
    "front_whole",
    "cut_by_bank",
    "few_edits",
    "edits",
    "part_agrees",
    "part_rarity",
    "tail_agrees",
    "foreign_one",
    "length_small",
    "length_ratio",
    "words_small",
    "words_large",
)
PAIR = (*LETTERS, *WORDS)


def pair_evidence(left: Sequence[Name], right: Sequence[Name]) -> Array:
    """Evidence of each pair of names.

    Args:
        left, right: names of equal count, compared row by row.

    Returns:
        One row per pair, a column per name in `PAIR`; no NaN.
    """
    rows = np.zeros((len(left), len(PAIR)))
    if not len(left):
        return rows
    texts = {
        "c": ([name.clean for name in left], [name.clean for name in right]),
        "g": ([name.glued for name in left], [name.glued for name in right]),
    }
    for column, (form, scorer) in enumerate(LETTERS.values()):
        ones, others = texts[form]
        values = process.cpdist(ones, others, scorer=scorer, workers=2)
        if scorer in (fuzz.partial_ratio, fuzz.WRatio):
            # These two look from the shorter or first name on; the better of both directions is symmetric.
            values = np.maximum(values, process.cpdist(others, ones, scorer=scorer, workers=2))
        rows[:, column] = values / (
            1 if scorer in (JaroWinkler.normalized_similarity, LCSseq.normalized_similarity) else 100
        )
    at = len(LETTERS)
    for row, (one, other) in enumerate(zip(left, right, strict=True)):
        rows[row, at:] = _words(one, other)
    return rows


def _words(one: Name, other: Name) -> tuple[float, ...]:
    found = align(one, other)
    total_one = sum(word.rarity for word in one.words) or 0.02
    total_other = sum(word.rarity for word in other.words) or 0.02
    shared = sum(rarity * likeness for rarity, likeness, _ in found.pairs)
    own_one = [word.rarity for word in found.left if word.same not in SILENT]
    own_other = [word.rarity for word in found.right if word.same not in SILENT]
    most_one, most_other = max(own_one, default=0.0), max(own_other, default=0.0)
    sum_one, sum_other = sum(own_one), sum(own_other)
    prefix = Prefix.similarity(one.glued, other.glued)
    shorter = max(1, min(len(one.glued), len(other.glued)))
    longer = max(1, len(one.glued), len(other.glued))
    edits = OSA.distance(one.glued, other.glued, score_cutoff=6)
    whole_front = prefix == shorter
    return (
        float(one.clean == other.clean),
        float(one.glued == other.glued),
        min(1.0, shared / min(total_one, total_other)),
        min(1.0, shared / max(total_one, total_other)),
        min(3.0, shared) / 3,
        max((rarity * likeness for rarity, likeness, _ in found.pairs), default=0.0),
        max((rarity for rarity, _, how in found.pairs if how in ("equal", "spelling")), default=0.0),
        min(most_one, most_other),
        max(most_one, most_other),
        min(3.0, min(sum_one, sum_other)) / 3,
        min(3.0, max(sum_one, sum_other)) / 3,
        min(4, len(own_one), len(own_other)) / 4,
        min(4, max(len(own_one), len(own_other))) / 4,
        *_first(one, other),
        *_ways(found),
        *_places(found),
        *_numbers(one, other),
        float(bool(one.legal) and one.legal == other.legal),
        float(bool(one.legal) and bool(other.legal) and one.legal != other.legal),
        float(bool(one.legal) != bool(other.legal)),
        float(_stands_for(one, other) or _stands_for(other, one)),
        float(bool(one.house) and one.house == other.house),
        min(20, prefix) / 20,
        float(whole_front and shorter >= 4),
        float(whole_front and shorter < longer and 16 <= min(one.length, other.length) <= 36),
        float(edits <= 2 and shorter >= 5),
        min(6, edits) / 6,
        *_parts(one, other),
        _tails(one, other),
        float(one.foreign != other.foreign),
        min(30, shorter) / 30,
        shorter / longer,
        min(6, len(one.words), len(other.words)) / 6,
        min(6, max(len(one.words), len(other.words))) / 6,
    )


def _first(one: Name, other: Name) -> tuple[float, float]:
    speaking = [next((word for word in name.words if word.same not in SILENT), None) for name in (one, other)]
    first, second = speaking
    if first is None or second is None:
        return 0.0, 0.0
    if first.same == second.same:
        return 1.0, first.rarity
    return JaroWinkler.normalized_similarity(first.written, second.written), 0.0


def _ways(found: Alignment) -> tuple[float, float, float]:
    total = sum(rarity for rarity, _, _ in found.pairs) or 1.0
    cut = sum(rarity for rarity, _, how in found.pairs if how in ("cut", "abbreviation", "glued")) / total
    typos = [(rarity, likeness) for rarity, likeness, how in found.pairs if how == "typo"]
    typo = sum(rarity for rarity, _ in typos) / total
    worst = max((1 - likeness for _, likeness in typos), default=0.0)
    return cut, typo, worst


def _places(found: Alignment) -> tuple[float, float, float]:
    left = [word for word in found.left if word.same not in SILENT]
    right = [word for word in found.right if word.same not in SILENT]
    here, there = any(map(is_place, left)), any(map(is_place, right))
    only = all(map(is_place, [*left, *right])) and bool(left or right)
    return float(here and there), float(here != there), float(only)


def _numbers(one: Name, other: Name) -> tuple[float, float, float, float, float]:
    both = bool(one.numbers) and bool(other.numbers)
    return (
        float(both and not one.numbers & other.numbers),
        float(bool(one.numbers & other.numbers)),
        float(bool(one.numbers) != bool(other.numbers)),
        float(bool(one.inside) and bool(other.inside) and one.inside != other.inside),
        float(one.ordinal != other.ordinal),
    )


def _stands_for(short: Name, long: Name) -> bool:
    """USGS for US GEOLOGICAL SURVEY: the whole name, or its only word, is the other's first letters."""
    return len(short.glued) >= 3 and len(short.glued) <= 7 and short.glued == long.initials


def _parts(one: Name, other: Name) -> tuple[float, float]:
    if not one.segments and not other.segments:
        return 0.0, 0.0
    rarity = {word.same: word.rarity for word in (*one.words, *other.words)}
    best, best_weight = 0.0, 0.0
    for first in one.segments or (frozenset(word.same for word in one.words) - SILENT,):
        for second in other.segments or (frozenset(word.same for word in other.words) - SILENT,):
            common = sum(rarity.get(word, 0.0) for word in first & second)
            every = sum(rarity.get(word, 0.0) for word in first | second)
            if every and common / every > best:
                best, best_weight = common / every, common
    return best, min(2.0, best_weight) / 2


def _tails(one: Name, other: Name) -> float:
    """What stands behind the star is named by the other: ZOMAX *MICROSOFT MSDN, MICROSOFT MSDN."""
    best = 0.0
    for first, second in ((one, other), (other, one)):
        if first.tail:
            words = {word.same for word in second.words} | set(second.tail)
            best = max(best, sum(word in words for word in first.tail) / len(first.tail))
    return best
