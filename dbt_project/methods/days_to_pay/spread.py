"""When an invoice will be paid, as a distribution: points in days with weights, one row of them per invoice."""

from __future__ import annotations

import numpy as np

from dbt_project.methods.days_to_pay.hierarchy import Floats, Hierarchy, Ints

# Points of the shape that errors have for all, within a segment, and for one party.
POINTS = (32, 64, 32)
# So many invoices of a party make its own shape weigh as much as its segment's, and so does a segment's beside all.
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
    steps, shares, left = [], [], np.ones(len(party))
    everyone = np.zeros(len(row_party), dtype=np.int64)
    for groups, asked, count in (
        (row_party, np.where(seen, party, len(fit.party)), POINTS[2]),
        (fit.segment_of[row_party], np.where(grouped, segment, len(fit.segment)), POINTS[1]),
        (everyone, np.zeros(len(party), dtype=np.int64), POINTS[0]),
    ):
        shapes, rows = _shapes(scaled, groups, int(max(asked.max(initial=0), groups.max())) + 1, count)
        share = left * (rows[asked] / (rows[asked] + SHAPE_PRIOR) if groups is not everyone else 1.0)
        steps.append(shapes[asked])
        shares.append(np.repeat((share / count)[:, None], count, axis=1))
        left = left - share
    middle = (expected + habit)[:, None]
    deviation = np.sqrt(doubt + spread)[:, None]
    weights = np.concatenate(shares, axis=1)
    days = middle + deviation * np.concatenate(steps, axis=1)
    order = np.argsort(days, axis=1, kind="stable")
    return np.take_along_axis(days, order, 1), np.take_along_axis(weights, order, 1)


def given_age(days: Floats, weights: Floats, never: Floats, age: Floats, rows: int) -> tuple[Floats, Floats, Floats]:
    """The same, once it is known that an invoice of `age` days is not paid yet.

    What lies before the age is ruled out; an age of nothing rules out nothing. One chance in `rows` + 1 is kept for
    what has not been seen before, so an invoice older than any has a spread too: it grows with its age.

    Args:
        days, weights: when it is paid, if ever.
        never: the chance that it is not, on the day of issue.
        age: days since issue.
        rows: settled invoices that were learned from.

    Returns:
        Days and weights, if it is paid at all, and the chance that it never is: the longer it waits, the higher.
    """
    tail = -np.log1p(-(np.arange(8) + 0.5) / 8) * np.maximum(age * TAIL_SHARE, TAIL_DAYS_LEAST)[:, None] + age[:, None]
    left = np.where((days > age[:, None]) | (age <= 0)[:, None], weights, 0.0)
    kept = np.where((age > 0)[:, None], np.full_like(tail, 1 / (rows + 1) / 8), 0.0)
    both, mass = np.concatenate([days, tail], 1), np.concatenate([left, kept], 1)
    order = np.argsort(both, axis=1, kind="stable")
    mass = np.take_along_axis(mass, order, 1)
    waiting = mass.sum(axis=1)
    lost: Floats = never / (never + (1 - never) * waiting)
    return np.take_along_axis(both, order, 1), mass / waiting[:, None], lost


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


def _shapes(scaled: Floats, group: Ints, groups: int, count: int) -> tuple[Floats, Ints]:
    """groups × points: each group's scaled errors at even shares (zeros for an empty one); and its rows."""
    order = np.lexsort((scaled, group))
    rows = np.bincount(group, minlength=groups)
    first = np.cumsum(rows) - rows
    steps = ((np.arange(count) + 0.5) / count * rows[:, None]).astype(np.int64) + first[:, None]
    shapes: Floats = np.where(rows[:, None] > 0, scaled[order][np.minimum(steps, len(order) - 1)], 0.0)
    return shapes, rows
