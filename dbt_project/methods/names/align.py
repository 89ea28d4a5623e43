"""Which word of one name answers which of the other: equal, cut short, abbreviated, mistyped, glued or initials."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz.distance import OSA

from dbt_project.methods.names.parts import Name, Word
from dbt_project.methods.names.words import SILENT

# Below it two words of equal length share half their letters only.
TYPO_LEAST = 0.66


@dataclass(slots=True)
class Alignment:
    """Words paired across two names, and what stays alone on each side.

    Attributes:
        pairs: (rarity, likeness 0 to 1, how) of each answered word.
        left, right: words that found no answer.
    """

    pairs: list[tuple[float, float, str]] = field(default_factory=list)
    left: list[Word] = field(default_factory=list)
    right: list[Word] = field(default_factory=list)


def align(left: Name, right: Name) -> Alignment:
    """Pair the words of two names, the surest pairs first; the result does not depend on the order of the names."""
    found = Alignment(left=list(left.words), right=list(right.words))
    _equal(found)
    if found.left and found.right:
        _last_word_cut(found.left, found.right, left, right, found)
        _last_word_cut(found.right, found.left, right, left, found)
        _glued(found.left, found.right, right, left, found)
        _glued(found.right, found.left, left, right, found)
        _initials(found.left, found.right, found)
        _initials(found.right, found.left, found)
        _alike(found)
    return found


def _equal(found: Alignment) -> None:
    waiting: dict[str, list[Word]] = {}
    for word in found.right:
        waiting.setdefault(word.same, []).append(word)
    left = []
    for word in found.left:
        if answers := waiting.get(word.same):
            answer = answers.pop()
            how = "equal" if word.written == answer.written else "spelling"
            found.pairs.append((word.rarity, 1.0, how))
        else:
            left.append(word)
    found.left = left
    rest = [id(word) for words in waiting.values() for word in words]
    found.right = [word for word in found.right if id(word) in rest]


def _last_word_cut(short: list[Word], long: list[Word], short_name: Name, long_name: Name, found: Alignment) -> None:
    """A bank cuts anywhere: OLD MILL SE answers OLD MILL SERVICES, however few letters of the last word are left."""
    at = len(short_name.words) - 1
    if at < 1 or at >= len(long_name.words) or not long_name.clean.startswith(short_name.clean):
        return
    cut, whole = short_name.words[at], long_name.words[at]
    if cut in short and whole in long and not cut.written.isdigit():
        short.remove(cut)
        long.remove(whole)
        # The few letters that are left say little of themselves.
        found.pairs.append((min(cut.rarity, whole.rarity), 0.95, "cut"))


def _glued(whole: list[Word], split: list[Word], split_name: Name, whole_name: Name, found: Alignment) -> None:
    """BOISECASCADE answers BOISE CASCADE, also when the bank cut its end."""
    for word in list(whole):
        if len(word.written) < 5:
            continue
        for run in _runs(split):
            joined = "".join(piece.written for piece in run)
            shorter = min(len(joined), len(word.written))
            if joined == word.written or (
                shorter >= 7 and (joined.startswith(word.written) or word.written.startswith(joined))
            ):
                whole.remove(word)
                for piece in run:
                    split.remove(piece)
                found.pairs.append((max(word.rarity, max(piece.rarity for piece in run)), 0.95, "glued"))
                break


def _runs(words: list[Word]) -> list[list[Word]]:
    return [words[at : at + size] for size in (3, 2) for at in range(len(words) - size + 1)]


def _initials(short: list[Word], long: list[Word], found: Alignment) -> None:
    for word in list(short):
        letters = word.written
        if not 2 <= len(letters) <= 6 or not letters.isalpha():
            continue
        speaking = [piece for piece in long if piece.same not in SILENT]
        for run in (
            speaking[at : at + size] for size in (len(letters), len(letters) - 1) for at in range(len(speaking))
        ):
            if len(run) > 1 and first_letters(run) == letters:
                short.remove(word)
                for piece in run:
                    long.remove(piece)
                found.pairs.append((word.rarity, 0.9 if len(letters) > 2 else 0.6, "initials"))
                break


def first_letters(words: list[Word]) -> str:
    """Initials as people form them: USGS takes both letters of US and one of each longer word."""
    return "".join(word.written if word.written in ("US", "UK", "EU") else word.written[0] for word in words)


def _alike(found: Alignment) -> None:
    options = []
    for at, one in enumerate(found.left):
        for to, other in enumerate(found.right):
            likeness, how = word_likeness(*sorted((one.written, other.written)))
            if likeness > 0:
                key = sorted((one.written, other.written))
                options.append((-likeness, -min(one.rarity, other.rarity), key, at, to, how))
    used_left: set[int] = set()
    used_right: set[int] = set()
    for likeness, rarity, _, at, to, how in sorted(options):
        if at not in used_left and to not in used_right:
            used_left.add(at)
            used_right.add(to)
            found.pairs.append((-rarity, -likeness, how))
    found.left = [word for at, word in enumerate(found.left) if at not in used_left]
    found.right = [word for at, word in enumerate(found.right) if at not in used_right]


@lru_cache(maxsize=1 << 18)
def word_likeness(one: str, other: str) -> tuple[float, str]:
    """How far two words can be one word, 0 to 1, and in what way."""
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if short.isdigit() or long.isdigit() or len(short) < 3:
        return (0.5, "cut") if len(short) == 1 and long[0] == short and not long.isdigit() else (0.0, "")
    if long.startswith(short):
        return (0.95 if len(short) >= 4 else 0.8), "cut"
    if short[0] == long[0] and len(long) - len(short) >= 2 and _inside(short, long):
        return 0.8, "abbreviation"
    likeness = OSA.normalized_similarity(short, long)
    if len(short) >= 4 and likeness >= TYPO_LEAST:
        return likeness, "typo"
    if len(short) == 3 and len(long) == 3 and likeness >= 0.6:
        return 0.5, "typo"
    return 0.0, ""


def _inside(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)
