"""Habits of payers, each borrowed from what is wider as far as its own history is short: party, segment, all.

days = level of all + what is known at issue · effects + segment's habit + party's habit + chance

Every part is drawn towards nothing, by how much such parts differ from nothing in the data at hand (empirical Bayes;
Efron and Morris 1975, and Henderson's mixed-model equations for the fixed part). So are the spreads: a party that has
settled twice has its segment's spread, one that has settled fifty times its own.

An invoice that is still open counts with its age: it will take longer than that (Tobin 1958). Without it a young
history holds quick payers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_ndtr

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ROUNDS = 20
# So many invoices of a party weigh as much as its segment in what its spread is, and so does a segment's.
SPREAD_PRIOR = 8.0
# A known-at-issue column is believed to move the days by at most about this share of their variance, until shown.
EFFECT_PRIOR = 0.05
VARIANCE_LEAST = 0.05


@dataclass(frozen=True)
class Hierarchy:
    """What was learned; days and, for variances, days squared.

    Attributes:
        level: days of an average party.
        effects: days per standard deviation of each known-at-issue column.
        segment: each segment's habit against the level.
        segment_of: the segment of each party.
        party: each party's habit against the level, its segment's included.
        doubt: variance of that habit: what its history leaves open.
        spread: variance of one party's days around its habit.
        segment_doubt, segment_spread: the same two for a party of the segment that has no history.
        chance: days of each row less what was expected of it by the other rows of its party.
        weight: invoices of each party, old ones counting for less.
    """

    level: float
    effects: Floats
    segment: Floats
    segment_of: Ints
    party: Floats
    doubt: Floats
    spread: Floats
    segment_doubt: Floats
    segment_spread: Floats
    chance: Floats
    weight: Floats


def learn(
    days: Floats,
    is_open: NDArray[np.bool_],
    known: Floats,
    party: Ints,
    segment_of: Ints,
    segments: int,
    weight: Floats,
) -> Hierarchy:
    """Fit by turns: open invoices, effects, segments, parties, variances.

    Args:
        days: rows, days that it took, or for an open one its age.
        is_open: rows.
        known: rows × columns, standardised.
        party: rows, whose each is: an index into `segment_of`.
        segment_of: parties, the segment of each.
        segments: how many there are.
        weight: rows, 0 to 1: how much each counts.
    """
    parties = len(segment_of)
    total = max(float(np.var(days)), VARIANCE_LEAST)
    habit: Floats = np.zeros(parties)
    group: Floats = np.zeros(segments)
    effects: Floats = np.zeros(known.shape[1])
    between: Floats = np.full(segments, total / 2)
    among = total / 20
    spread: Floats = np.full(parties, total / 2)
    ridge = np.eye(known.shape[1]) / (EFFECT_PRIOR * total)
    counted = _sums(party, weight, parties)
    present = counted > 0
    in_segment = _sums(segment_of, present, segments)
    age, days, unsure = days[is_open], days.copy(), np.zeros(len(days))
    level = float(np.average(days, weights=weight))
    for _ in range(ROUNDS):
        # What an open invoice will have taken: more than its age, as its party's habit and spread have it.
        away = np.sqrt(spread[party[is_open]])
        middle = level + habit[party[is_open]] + known[is_open] @ effects
        past = (age - middle) / away
        hazard = np.exp(-(past**2) / 2 - 0.5 * np.log(2 * np.pi) - log_ndtr(-past))
        days[is_open] = middle + away * hazard
        unsure[is_open] = away**2 * np.clip(1 + past * hazard - hazard**2, 0, 1)
        precise = weight / spread[party]
        level = float(np.average(days - habit[party] - known @ effects, weights=precise))
        rest = days - level - habit[party]
        effects = _solved((known * precise[:, None]).T @ known + ridge, (known * precise[:, None]).T @ rest)
        rest = days - level - known @ effects
        mean = _sums(party, weight * rest, parties) / np.maximum(counted, 1e-9)
        # A segment is the mean of its parties, each as sure as its own history makes it.
        sure = np.where(present, 1 / (between[segment_of] + spread / np.maximum(counted, 1e-9)), 0.0)
        group_doubt = 1 / (1 / among + _sums(segment_of, sure, segments))
        group = group_doubt * _sums(segment_of, sure * mean, segments)
        among = max(float(np.mean(group**2 + group_doubt)), VARIANCE_LEAST)
        prior = between[segment_of]
        doubt = 1 / (1 / prior + counted / spread)
        habit = doubt * (counted * mean / spread + group[segment_of] / prior)
        error = rest - habit[party]
        off = np.where(present, (habit - group[segment_of]) ** 2 + doubt, 0.0)
        between = _drawn(_sums(segment_of, off, segments), in_segment, off.sum() / present.sum())
        squares = _sums(party, weight * (error**2 + doubt[party] + unsure), parties)
        segment_spread = _drawn(
            _sums(segment_of, squares, segments),
            _sums(segment_of, counted, segments),
            squares.sum() / counted.sum(),
        )
        spread = _drawn(squares, counted, segment_spread[segment_of])
    # What a row says of itself is taken out of its own error, as if it had been left out.
    leverage = np.minimum(weight * doubt[party] / spread[party], 0.9)
    return Hierarchy(
        level,
        effects,
        group,
        segment_of,
        habit,
        doubt,
        spread,
        between,
        segment_spread,
        error / (1 - leverage),
        counted,
    )


def _drawn(squares: Floats, count: Floats, wider: Floats | float) -> Floats:
    """Variances, each drawn towards the wider one."""
    drawn: Floats = np.maximum((SPREAD_PRIOR * wider + squares) / (SPREAD_PRIOR + count), VARIANCE_LEAST)
    return drawn


def _solved(left: Floats, right: Floats) -> Floats:
    return np.linalg.solve(left, right).astype(np.float64)


def _sums(index: Ints, values: NDArray[Any], size: int) -> Floats:
    """Values added up by index."""
    return np.bincount(index, values, size).astype(np.float64)
