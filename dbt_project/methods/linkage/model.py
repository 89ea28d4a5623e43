"""A Fellegi-Sunter model of two-sided payments, fitted by expectation maximization on the files that are to be linked.

Every pair is compared in days, amount and memo. How often a level comes about by chance (u) is counted on pairs drawn
without regard to their memo; how often in a true pair (m) on the links that the model itself believes in, each weighed
by its probability once its rivals are counted. No link need be known.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dbt_project.methods.linkage.levels import EQUAL, MEMO_LEVELS, Floats, Ints, Pairs, amount_levels, ratio_edges
from dbt_project.methods.linkage.rivals import posteriors
from dbt_project.methods.linkage.windows import Windows

ROUNDS = 12
# Enough of belief propagation while the model is still moving.
STEPS = 12
SETTLED = 0.002
ROUNDS_MIN = 5
# Before anything is known bits in common count in full up to here, and bits that contradict count against them.
BITS_TRUSTED = 20.0
EQUAL_SHARE = 0.4
# Chance pairs' worth of belief that an amount is shared as often as amounts are in general.
TRUST = 200.0
# Links' worth of belief that levels are independent, against sampling noise in small files.
PRIOR_LINKS = 10.0
# A pair this much less likely (in nats) than the best of its origin and of its destination never is the link.
HOPELESS = 12.0
# Never certain that every row has its other side: at least this share may be alone.
ALONE_MIN = 0.01


@dataclass(frozen=True, slots=True)
class Chance:
    """How crowded it is around each row.

    Attributes:
        origin: destinations expected in each origin's windows by chance.
        destination: origins expected in each destination's windows.
        equal: destinations that have exactly each origin's amount.
    """

    origin: Floats
    destination: Floats
    equal: Floats

    def crowd(self, pairs: Pairs) -> Floats:
        """Rivals by chance of each pair."""
        sides = self.origin[pairs.origin], self.destination[pairs.destination]
        found: Floats = np.sqrt(np.maximum(sides[0], 0.5) * np.maximum(sides[1], 0.5))
        return found


@dataclass(frozen=True, slots=True)
class Model:
    """Log weights ln(m/u) per level, and what a pair costs in a crowd.

    Attributes:
        days, amount, memo: ln(m/u) of each level.
        edges: where ratios are cut.
        fees: recurring differences in minor units.
        equal_chance: share of chance pairs in the windows with equal amounts.
    """

    days: Floats
    amount: Floats
    memo: Floats
    edges: Floats
    fees: tuple[int, ...]
    equal_chance: float

    def weight(self, pairs: Pairs, chance: Chance) -> Floats:
        """Log odds of each pair but for the share of rows that are linked at all."""
        amount = amount_levels(pairs, self.edges, self.fees)
        found = self.days[pairs.days] + self.amount[amount] + self.memo[pairs.memo] - np.log(chance.crowd(pairs))
        # An amount that many rows share says less when it is equal, one that no other has says more.
        equal = amount == EQUAL
        at = pairs.origin[equal]
        around = np.maximum(chance.origin[at], 1.0)
        own = (np.maximum(chance.equal[at] - 1, 0) + TRUST * self.equal_chance) / (around + TRUST)
        found[equal] += np.log(self.equal_chance / own)
        return found


def fit(pairs: Pairs, background: Pairs, chance: Chance, rows: tuple[int, int], within: Windows) -> Model:
    """Fit on candidate pairs of origins, with `background` the pairs that chance alone brings into the windows.

    Args:
        pairs: candidates whose rivals are there too (the same stretch of days).
        background: every pair in the windows for some origins, whatever their memos.
        chance: how crowded it is around each row.
        rows: how many origins and destinations the pairs are drawn from.
        within: the windows, for the number of day levels.
    """
    levels = within.days[1] - within.days[0] + 1
    probability = _first_guess(pairs, background, rows)
    doubt = np.ones(len(background))
    model: Model | None = None
    linked = 0.0
    for number in range(ROUNDS):
        edges = ratio_edges(*_other(pairs, probability, within.fees), within) if model is None else model.edges
        model = _maximize(pairs, probability, background, doubt, levels, edges, within.fees)
        weight = model.weight(pairs, chance)
        before, linked = linked, float(probability.sum())
        near = hopeful(pairs, weight)
        pairs, weight = pairs.take(near), weight[near]
        probability = posteriors(pairs.origin, pairs.destination, odds(weight, linked, rows), STEPS)
        against = odds(model.weight(background, chance), linked, rows)
        doubt = 1 - posteriors(background.origin, background.destination, against, STEPS)
        if number >= ROUNDS_MIN and abs(linked - before) < SETTLED * max(linked, 1):
            break
    assert model is not None
    return model


def odds(weight: Floats, linked: float, rows: tuple[int, int]) -> Floats:
    """Odds of each pair were it alone, when so many of the rows are linked."""
    share = linked * max(rows)
    for count in rows:
        share /= max(count - linked, ALONE_MIN * count, 1.0)
    found: Floats = np.exp(np.minimum(weight, 60.0)) * share
    return found


def settled(pairs: Pairs, weight: Floats, rows: tuple[int, int]) -> Floats:
    """Each pair's probability once the number of links agrees with itself."""
    linked = 0.5 * min(rows)
    probability = np.zeros(len(pairs))
    for _ in range(ROUNDS):
        probability = posteriors(pairs.origin, pairs.destination, odds(weight, linked, rows))
        before, linked = linked, float(probability.sum())
        if abs(linked - before) < SETTLED * max(linked, 1):
            break
    return probability


def hopeful(pairs: Pairs, weight: Floats) -> NDArray[np.bool_]:
    """Which pairs are near the best of their origin or of their destination."""
    kept = np.zeros(len(pairs), dtype=bool)
    for rows in (pairs.origin, pairs.destination):
        best = np.full(int(rows.max(initial=-1)) + 1, -np.inf)
        np.maximum.at(best, rows, weight)
        kept |= weight > best[rows] - HOPELESS
    return kept


def _first_guess(pairs: Pairs, background: Pairs, rows: tuple[int, int]) -> Floats:
    equal = np.log(EQUAL_SHARE / (np.mean(background.difference == 0) + 1 / max(len(background), 1)))
    guess = (np.minimum(pairs.bits, BITS_TRUSTED) - pairs.apart) * np.log(2) + np.where(pairs.difference == 0, equal, 0)
    return posteriors(pairs.origin, pairs.destination, np.exp(guess) / max(rows), STEPS)


def _other(pairs: Pairs, probability: Floats, fees: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Ratios and weights of pairs that are neither equal nor apart by a known fee."""
    other = (pairs.difference != 0) & ~np.isin(pairs.difference, fees) & (probability > 1e-3)
    return pairs.ratio[other], probability[other]


def _maximize(
    pairs: Pairs,
    probability: Floats,
    background: Pairs,
    doubt: Floats,
    levels: int,
    edges: Floats,
    fees: tuple[int, ...],
) -> Model:
    believed = probability > 1e-6
    pairs, probability = pairs.take(believed), probability[believed]
    sizes = (levels, len(edges) + 3)
    chosen = (pairs.days, amount_levels(pairs, edges, fees))
    drawn = (background.days, amount_levels(background, edges, fees))
    logs = [
        np.log(_shares(seen, probability, size, 0.3) / _shares(by_chance, doubt, size, 0.5))
        for seen, by_chance, size in zip(chosen, drawn, sizes, strict=True)
    ]
    memo = np.log(_two_way(pairs.memo, probability, PRIOR_LINKS) / _two_way(background.memo, doubt, 1.0))
    equal = float(_shares(drawn[1], doubt, sizes[1], 0.5)[EQUAL])
    return Model(logs[0], logs[1], memo, edges, fees, equal)


def _shares(level: Ints, weight: Floats, size: int, prior: float) -> Floats:
    counts = np.bincount(level, weight, minlength=size) + prior
    found: Floats = counts / counts.sum()
    return found


def _two_way(level: Ints, weight: Floats, prior: float) -> Floats:
    """Shares of each memo level, drawn a little to what its two sides would give if they were independent."""
    counts = np.bincount(level, weight, minlength=MEMO_LEVELS[0] * MEMO_LEVELS[1]).reshape(MEMO_LEVELS)
    sides = [counts.sum(axis) + 0.3 for axis in (1, 0)]
    alike = np.outer(sides[0] / sides[0].sum(), sides[1] / sides[1].sum())
    found: Floats = ((counts + prior * alike) / (counts.sum() + prior)).ravel()
    return found
