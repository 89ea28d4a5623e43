"""When an invoice will be paid, as a distribution: points in days with weights, one row of them per invoice."""

from __future__ import annotations

import numpy as np

from dbt_project.methods.days_to_pay.hierarchy import Floats, Hierarchy, Ints

POINTS_ALL, POINTS_OWN = 64, 32
# So many invoices of a party make its own shape weigh as much as everybody's.
SHAPE_PRIOR = 8.0
# An invoice that is open for longer than all that is known takes half its age again, on average.
TAIL_SHARE, TAIL_DAYS_LEAST = 0.5, 14.0


def points(fit: Hierarchy, row_party: Ints, expected: Floats, party: Ints, segment: Ints) -> tuple[Floats, Floats]:
    """Days at which each asked invoice may be paid, before anything is known of its age, and their weights.

    Args:
        fit: what was learned.
        row_party: party of each row that was learned from.
        expected: invoices; days from level and effects alone.
        party: invoices; -1 where the party has no history.
        segment: invoices; -1 where the segment has none.

    Returns:
        invoices × points days, ascending, and weights that sum to one in each row.
    """
    seen, grouped = party >= 0, segment >= 0
    wide_doubt, wide_spread = float(np.mean(fit.segment_doubt)), float(np.mean(fit.segment_spread))
    habit = np.where(seen, fit.party[party], np.where(grouped, fit.segment[segment], 0.0))
    doubt = np.where(seen, fit.doubt[party], np.where(grouped, fit.segment_doubt[segment], wide_doubt))
    spread = np.where(seen, fit.spread[party], np.where(grouped, fit.segment_spread[segment], wide_spread))
    scaled = fit.chance / np.sqrt(fit.spread[row_party] + fit.doubt[row_party])
    shapes = np.quantile(scaled, (np.arange(POINTS_ALL) + 0.5) / POINTS_ALL)
    own = _own_shapes(scaled, row_party, len(fit.party))
    counted = np.where(seen, fit.weight[party], 0.0)
    share = counted / (counted + SHAPE_PRIOR)
    middle = (expected + habit)[:, None]
    deviation = np.sqrt(doubt + spread)[:, None]
    steps = np.concatenate([np.broadcast_to(shapes, (len(party), POINTS_ALL)), own[party]], axis=1)
    weights = np.repeat(np.column_stack([(1 - share) / POINTS_ALL, share / POINTS_OWN]), [POINTS_ALL, POINTS_OWN], 1)
    days = middle + deviation * steps
    order = np.argsort(days, axis=1, kind="stable")
    return np.take_along_axis(days, order, 1), np.take_along_axis(weights, order, 1)


def given_age(days: Floats, weights: Floats, age: Floats, rows: int) -> tuple[Floats, Floats]:
    """The same, once it is known that an invoice of `age` days is not paid yet.

    What lies before the age is ruled out; an age of nothing rules out nothing. One chance in `rows` + 1 is kept for
    what has not been seen before, so an invoice older than any has a spread too: it grows with its age.
    """
    tail = -np.log1p(-(np.arange(8) + 0.5) / 8) * np.maximum(age * TAIL_SHARE, TAIL_DAYS_LEAST)[:, None] + age[:, None]
    left = np.where((days > age[:, None]) | (age <= 0)[:, None], weights, 0.0)
    kept = np.where((age > 0)[:, None], np.full_like(tail, 1 / (rows + 1) / 8), 0.0)
    both, mass = np.concatenate([days, tail], 1), np.concatenate([left, kept], 1)
    order = np.argsort(both, axis=1, kind="stable")
    mass = np.take_along_axis(mass, order, 1)
    return np.take_along_axis(both, order, 1), mass / mass.sum(axis=1, keepdims=True)


def quantile(days: Floats, weights: Floats, share: float) -> Floats:
    """The day by which `share` of the weight has come, between two points where it falls there."""
    reached = np.cumsum(weights, axis=1) - weights / 2
    at = np.clip((reached < share).sum(axis=1), 1, days.shape[1] - 1)
    rows = np.arange(len(days))
    low, high = reached[rows, at - 1], reached[rows, at]
    part = np.clip((share - low) / np.maximum(high - low, 1e-12), 0, 1)
    between: Floats = days[rows, at - 1] + part * (days[rows, at] - days[rows, at - 1])
    return between


def beyond(days: Floats, weights: Floats, limit: Floats) -> Floats:
    """Weight after the limit, a whole day, a point's weight being spread over the neighbouring days."""
    deviation = np.sqrt(np.maximum((weights * days**2).sum(1) - (weights * days).sum(1) ** 2, 0.0))
    # Silverman's width, and never less than a third of a day: days are whole.
    width = np.maximum(0.3, deviation * 0.9 * days.shape[1] ** -0.2)[:, None]
    over: Floats = (weights / (1 + np.exp(-np.clip(1.7 * (days - limit[:, None] - 0.5) / width, -30, 30)))).sum(1)
    return over


def _own_shapes(scaled: Floats, row_party: Ints, parties: int) -> Floats:
    """parties × points: each party's own scaled errors at even shares; a party without any has zeros."""
    order = np.lexsort((scaled, row_party))
    count = np.bincount(row_party, minlength=parties)
    first = np.cumsum(count) - count
    steps = ((np.arange(POINTS_OWN) + 0.5) / POINTS_OWN * count[:, None]).astype(np.int64) + first[:, None]
    if not len(order):
        return np.zeros((parties, POINTS_OWN))
    shapes: Floats = np.where(count[:, None] > 0, scaled[order][np.minimum(steps, len(order) - 1)], 0.0)
    return shapes
