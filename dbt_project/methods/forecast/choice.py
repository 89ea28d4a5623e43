"""Which candidates a series is forecast with: those that erred least at origins whose outcome was known by then."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

Floats = NDArray[np.float64]
HALF_LIFE_WEEKS = 52
# Weights fall with this power of the past error: 0 would be the plain mean, infinity the best one alone.
SHARPNESS = 4.0


def known_later(figures: Floats) -> Floats:
    """Figures of (origin, step) moved to the origin at which their outcome is known: NaN where none is.

    Args:
        figures: origins × … × steps; the last axis counts weeks ahead from 1.
    """
    out = np.full_like(figures, np.nan)
    for step in range(figures.shape[-1]):
        out[step + 1 :, ..., step] = figures[: -(step + 1), ..., step]
    return out


def weights(bank: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Weights of the candidates at every origin, from errors known by then.

    Args:
        bank: candidates × origins × series × steps, NaN where a candidate does not speak.
        outcome: origins × series × steps, NaN where it is not known yet.

    Returns:
        Weights and mean absolute errors, candidates × origins × series; weights sum to 1 where any candidate speaks.
        A candidate without a past has error NaN and the weight of the average one.
    """
    errors = known_later(np.moveaxis(np.abs(bank - outcome), 0, -2))
    decay = 0.5 ** (1 / HALF_LIFE_WEEKS)
    seen = np.isfinite(errors)
    total = lfilter([1.0], [1.0, -decay], np.where(seen, errors, 0.0).sum(axis=-1), axis=0)
    count = lfilter([1.0], [1.0, -decay], seen.sum(axis=-1).astype(float), axis=0)
    mean = np.divide(total, count, out=np.full_like(total, np.nan), where=count > 1e-9)
    mean = np.moveaxis(mean, -1, 0)
    speaks = np.isfinite(bank).all(axis=-1)
    raw = np.where(np.isfinite(mean), mean, np.nan)
    middle = _nanmedian(raw)
    floor = 1e-9 + 1e-6 * middle
    weight = np.where(speaks, (np.where(np.isfinite(raw), raw, middle) + floor) ** -SHARPNESS, 0.0)
    best = weight.max(axis=0, keepdims=True)
    weight = np.divide(weight, best, out=np.zeros_like(weight), where=best > 0)
    sums = weight.sum(axis=0, keepdims=True)
    return np.divide(weight, sums, out=np.zeros_like(weight), where=sums > 0), mean


def _nanmedian(figures: Floats) -> Floats:
    ordered = np.sort(figures, axis=0)
    count = np.isfinite(figures).sum(axis=0)
    at = np.maximum(0, (count - 1) // 2)
    middle = np.take_along_axis(ordered, at[None], axis=0)[0]
    return np.where(count > 0, middle, 1.0)
