"""Which candidates a series is forecast with: those that erred least at origins whose outcome was known by then."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
HALF_LIFE_WEEKS = 52.0
# A weight falls with this power of the past error: 0 would be the plain mean of all, infinity the best one alone.
SHARPNESS = 12.0
# Before errors are known a candidate counts as erring like its kind; that guess is worth so many weeks of outcomes.
PRIOR_WEEKS = 6.0
# An error of a sum beside the errors of single weeks. Without it, leaving out rare large payments would look best.
SUM_PART = 0.5


def known_later(figures: Floats, ahead: int | None = None) -> Floats:
    """Figures by origin, moved to the row at which they are known.

    Args:
        figures: origins × … × steps, step 1 first; or origins × … that are all known `ahead` weeks after the origin.

    Returns:
        The same shape; NaN where nothing is known yet.
    """
    out = np.full_like(figures, np.nan)
    if ahead is not None:
        out[ahead:] = figures[: max(0, len(figures) - ahead)]
        return out
    for step in range(figures.shape[-1]):
        out[step + 1 :, ..., step] = figures[: -(step + 1), ..., step]
    return out


def weights(bank: Floats, outcome: Floats, prior: Floats, spans: Sequence[int]) -> tuple[Floats, Floats]:
    """Weights of the candidates at every origin, from errors known by then.

    Args:
        bank: candidates × origins × series × steps, NaN where a candidate does not speak.
        outcome: origins × series × steps, NaN where it is not known yet.
        prior: per candidate, its relative error where nothing is known.
        spans: numbers of first weeks whose sums count too.

    Returns:
        Weights and losses, candidates × origins × series; weights sum to 1 where any candidate speaks. A loss is a
        mean absolute error per week, a third of it from sums; NaN without a past.
    """
    losses, counts = zip(*(_loss(said - outcome, spans) for said in bank), strict=True)
    loss, count = np.stack(losses), np.stack(counts)
    kind = prior[:, None, None]
    # The size of errors here: the mean over candidates of what each says about it.
    with np.errstate(invalid="ignore", divide="ignore"):
        known = count.sum(axis=0)
        size = np.divide(np.nansum(loss / kind * count, axis=0), known, out=np.zeros_like(known), where=known > 0)
    blended = (np.nan_to_num(loss) * count + PRIOR_WEEKS * kind * size) / (count + PRIOR_WEEKS)
    # Where errors are nil (nothing was ever paid) every candidate says the same and the kinds decide.
    blended = np.where(size > 0, blended, kind)
    speaks = np.isfinite(bank).all(axis=-1)
    lowest = np.where(speaks, blended, np.inf).min(axis=0)
    ratio = np.divide(lowest, blended, out=np.ones_like(blended), where=speaks & (blended > 0))
    weight = np.where(speaks, ratio**SHARPNESS, 0.0)
    total = weight.sum(axis=0)
    return np.divide(weight, total, out=np.zeros_like(weight), where=total > 0), loss


def discounted_mean(figures: Floats, half_life: float) -> tuple[Floats, Floats]:
    """Mean of the known figures up to each row, halving in weight every half-life, and its weight in rows."""
    taps = [1.0, -(0.5 ** (1 / half_life))]
    seen = np.isfinite(figures)
    total = lfilter([1.0], taps, np.where(seen, figures, 0.0), axis=0)
    count = lfilter([1.0], taps, seen.astype(float), axis=0)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 1e-9), count


def _loss(error: Floats, spans: Sequence[int]) -> tuple[Floats, Floats]:
    by_step, count = discounted_mean(known_later(np.abs(error)), HALF_LIFE_WEEKS)
    seen = np.isfinite(by_step)
    steps = np.maximum(seen.sum(axis=-1), 1)
    of_week = np.where(seen, by_step, 0.0).sum(axis=-1) / steps
    of_sums = []
    for span in spans:
        of_sum = known_later(np.abs(error[..., :span].sum(axis=-1)), span)
        mean, _ = discounted_mean(of_sum, HALF_LIFE_WEEKS)
        # The error of a sum of independent weeks grows with the root of their number.
        of_sums.append(np.where(np.isfinite(mean), mean / np.sqrt(span), of_week))
    loss = (of_week + SUM_PART * np.mean(of_sums, axis=0)) / (1 + SUM_PART) if of_sums else of_week
    return np.where(seen.any(axis=-1), loss, np.nan), count.mean(axis=-1)
