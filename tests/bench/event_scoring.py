"""Economic events against the sandbox's hidden truth: B-cubed, real twins kept, nothing counted twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[str, str, str, str]
"""client, rail, object type, record id."""


@dataclass(frozen=True)
class Sight:
    """One record with a known truth: which event it is a sight of, and what it looks like."""

    key: Key
    true_event: str
    looks: Hashable
    is_movement: bool


@dataclass(frozen=True)
class EventScore:
    """How a grouping of records into events agrees with the truth.

    precision, recall: B-cubed, the mean over records of the share of its found (true) event that is right (found).
    twins_lost: records that look the same as another record and were put into one event with it, though two are true.
    doubled: true events of which two found events each claim to be the movement of money.
    """

    precision: float
    recall: float
    twins_lost: int
    doubled: int

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def scored(sights: Sequence[Sight], event_of: Callable[[Key], Hashable]) -> EventScore:
    """Score a grouping; records that it does not know stand alone."""
    found = [event_of(one.key) or one.key for one in sights]
    true: list[Hashable] = [(one.key[0], one.true_event) for one in sights]
    true = _swapped_among_equals(sights, found, true)
    both, of_found, of_true = Counter(zip(found, true, strict=True)), Counter(found), Counter(true)
    pairs = list(zip(found, true, strict=True))
    precision = sum(both[pair] / of_found[pair[0]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / of_true[pair[1]] for pair in pairs) / len(pairs)
    seen: dict[Any, set[Any]] = defaultdict(set)
    claims: dict[Any, set[Any]] = defaultdict(set)
    for one, event, truth in zip(sights, found, true, strict=True):
        seen[(event, one.key[1], one.key[2], one.looks)].add(truth)
        if one.is_movement:
            claims[truth].add(event)
    return EventScore(
        precision,
        recall,
        sum(len(events) - 1 for events in seen.values()),
        sum(len(events) > 1 for events in claims.values()),
    )


def _swapped_among_equals(sights: Sequence[Sight], found: Sequence[Hashable], true: list[Hashable]) -> list[Hashable]:
    """The truth, with labels swapped among records of one rail that nothing tells apart: either answer is right."""
    alike: dict[Any, list[int]] = defaultdict(list)
    for at, one in enumerate(sights):
        alike[(one.key[0], one.key[1], one.key[2], one.looks)].append(at)
    members: dict[Hashable, list[int]] = defaultdict(list)
    for at, event in enumerate(found):
        members[event].append(at)
    swapped = list(true)
    for places in (group for group in alike.values() if len(group) > 1):
        left = Counter(swapped[at] for at in places)
        rest = []
        for at in places:
            others = (swapped[other] for other in members[found[at]] if other not in places)
            wanted = next((label for label in others if left[label]), None)
            if wanted is None:
                rest.append(at)
            else:
                swapped[at] = wanted
                left[wanted] -= 1
        for at, label in zip(rest, left.elements(), strict=True):
            swapped[at] = label
    return swapped


def joined(pairs: Iterable[tuple[Key, Key]]) -> Callable[[Key], Hashable]:
    """Pairs chained into groups, as a plain union-find does it."""
    parent: dict[Key, Key] = {}

    def root(key: Key) -> Key:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for one, other in pairs:
        parent[root(one)] = root(other)
    return lambda key: root(key) if key in parent else None
