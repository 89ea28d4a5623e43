"""Weekly series thirteen weeks ahead, on public council payments and M4: ours beside rules and statsforecast.

Constants of the method were chosen on the first 60 % of every council series, and on every second M4 series; what is
reported here is the rest: later origins of the councils, and the other half of M4.

python -m tests.bench forecast
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dbt_project.methods.forecast import SUMS, forecast_panel
from tests.bench.forecast_rivals import Rival, rivals
from tests.bench.result import Result
from tests.beside import DATA

Floats = NDArray[np.float64]
HORIZON = 13
LEVELS = (0.80, 0.95)
CHOSEN_ON = 0.6
# Every fourth week, about: origins enough for the shortest council, and an hour less of AutoARIMA.
ORIGINS = 26
COUNCILS = "Weekly payments of councils, 26 rolling origins per series"
COVERAGE = "Weekly payments of councils: what intervals hold"
M4 = "M4 weekly, last 13 weeks of each series"


@dataclass
class Tally:
    """Errors of one method, gathered over series and origins."""

    error: list[Floats] = field(default_factory=list)
    came: list[Floats] = field(default_factory=list)
    scaled: list[Floats] = field(default_factory=list)
    inside: dict[float, list[Floats]] = field(default_factory=dict)
    width: dict[float, list[Floats]] = field(default_factory=dict)
    interval: dict[float, list[Floats]] = field(default_factory=dict)
    seconds: float = 0.0

    def add(self, came: Floats, mean: Floats, ends: list[tuple[Floats, Floats]], unit: float) -> None:
        """One forecast: what came, what was said, its 80 and 95 % ends, and the series' unit of error."""
        self.error.append(mean - came)
        self.came.append(came)
        self.scaled.append((mean - came) / unit)
        for level, (low, high) in zip(LEVELS, ends, strict=False):
            self.inside.setdefault(level, []).append((low <= came) & (came <= high))
            self.width.setdefault(level, []).append((high - low) / unit)
            missed = np.maximum(low - came, 0) + np.maximum(came - high, 0)
            self.interval.setdefault(level, []).append((high - low + 2 / (1 - level) * missed) / unit)

    def wape(self, weeks: int = 1) -> float:
        """Absolute error over absolute outcome: of single weeks, or of the sum of the first weeks."""
        error, came = np.stack(self.error), np.stack(self.came)
        if weeks > 1:
            error, came = error[:, :weeks].sum(axis=1), came[:, :weeks].sum(axis=1)
        return float(np.abs(error).sum() / np.abs(came).sum())

    def mase(self) -> float:
        """Mean absolute error in units of the series' own mean weekly change."""
        return float(np.abs(np.stack(self.scaled)).mean())

    def wis(self) -> float | str:
        """Weighted interval score of the middle and both intervals, in the unit of `mase`; lower is better."""
        if not self.interval:
            return "no intervals"
        parts = [np.abs(np.stack(self.scaled)) / 2]
        parts += [(1 - level) / 2 * np.stack(scores) for level, scores in self.interval.items()]
        return float(np.mean(sum(parts) / (len(self.interval) + 0.5)))

    def covered(self, level: float) -> float | str:
        """Share of weeks inside the interval."""
        return float(np.mean(self.inside[level])) if self.inside else "no intervals"

    def wide(self, level: float) -> float | str:
        """Mean width in the unit of `mase`."""
        return float(np.mean(self.width[level])) if self.width else "no intervals"


def results() -> Iterator[Result]:
    """Councils, their intervals by step and sum, then M4."""
    yield from councils()
    yield from m4()


def councils() -> Iterator[Result]:
    """Every series at 26 origins of its last 40 %."""
    path = DATA / "weekly_cash_out_uk" / "weekly.csv.gz"
    if not path.is_file():
        yield Result(COUNCILS, "weekly_cash_out_uk", "ours", note="the data set is not beside the project")
        return
    given = _councils(pl.read_csv(path, try_parse_dates=True))
    ours, others = Tally(), {name: Tally() for name, _ in rivals()}
    held = {level: np.zeros((0, HORIZON + len(SUMS)), dtype=bool) for level in (0.8, 0.9, 0.95)}
    for values, first in given.values():
        origins = np.linspace(round(len(values) * CHOSEN_ON), len(values) - HORIZON, ORIGINS).astype(int).tolist()
        unit = float(np.abs(np.diff(values)).mean())
        began = time.perf_counter()
        found = forecast_panel(values[:, None], HORIZON, origins=origins, first_week=first)
        ours.seconds += time.perf_counter() - began
        for at, row in enumerate(origins):
            came = values[row : row + HORIZON]
            ends = [(found.low[at, 0, :, place], found.high[at, 0, :, place]) for place in (0, 2)]
            ours.add(came, found.mean[at, 0], ends, unit)
            sums = np.array([came[:span].sum() for span in SUMS])
            for place, level in enumerate(held):
                week = (found.low[at, 0, :, place] <= came) & (came <= found.high[at, 0, :, place])
                total = (found.sum_low[at, 0, :, place] <= sums) & (sums <= found.sum_high[at, 0, :, place])
                held[level] = np.vstack([held[level], np.concatenate([week, total])])
        for name, rival in rivals():
            for row in origins:
                _ask(others[name], rival, values[:row], values[row : row + HORIZON], unit)
    data = f"weekly_cash_out_uk, {len(given)} series, later 40 %"
    for name, tally in {"ours": ours, **others}.items():
        figures = {"WAPE week": tally.wape(), **{f"WAPE {span} weeks": tally.wape(span) for span in SUMS}}
        yield Result(COUNCILS, data, name, {**figures, **_figures(tally, ours)})
    for level, inside in held.items():
        steps = {f"h {step}": float(inside[:, step - 1].mean()) for step in (1, 4, 8, 13)}
        sums_ = {f"sum of {span}": float(inside[:, HORIZON + at].mean()) for at, span in enumerate(SUMS)}
        spread = {"all weeks": float(inside[:, :HORIZON].mean()), **steps, **sums_}
        yield Result(COVERAGE, data, f"ours, {level:.0%}", spread)


def m4() -> Iterator[Result]:
    """Every second series, of which no constant was chosen, from the week thirteen before its end."""
    path = DATA / "m4_weekly" / "train.csv.gz"
    if not path.is_file():
        yield Result(M4, "m4_weekly", "ours", note="the data set is not beside the project")
        return
    parts = pl.read_csv(path).partition_by("series_id", maintain_order=True)
    given = [part["value"].to_numpy().astype(float) for part in parts][::2]
    ours, others = Tally(), {name: Tally() for name, _ in rivals()}
    for values in given:
        known, came = values[:-HORIZON], values[-HORIZON:]
        unit = float(np.abs(np.diff(known)).mean())
        began = time.perf_counter()
        found = forecast_panel(known[:, None], HORIZON, levels=LEVELS)
        ours.seconds += time.perf_counter() - began
        ends = [(found.low[0, 0, :, place], found.high[0, 0, :, place]) for place in range(len(LEVELS))]
        ours.add(came, found.mean[0, 0], ends, unit)
        for name, rival in rivals():
            _ask(others[name], rival, known, came, unit)
    for name, tally in {"ours": ours, **others}.items():
        yield Result(M4, f"m4_weekly, {len(given)} series", name, {"sMAPE": _smape(tally), **_figures(tally, ours)})


def _ask(tally: Tally, rival: Rival, known: Floats, came: Floats, unit: float) -> None:
    began = time.perf_counter()
    mean, ends = rival(known, HORIZON)
    tally.seconds += time.perf_counter() - began
    tally.add(came, mean, ends, unit)


def _figures(tally: Tally, ours: Tally) -> dict[str, float | int | str]:
    return {
        "MASE": tally.mase(),
        "WIS": tally.wis(),
        "in 80 %": tally.covered(0.8),
        "in 95 %": tally.covered(0.95),
        "width 80 %": tally.wide(0.8),
        "width 95 %": tally.wide(0.95),
        "time, ours = 1": tally.seconds / ours.seconds,
    }


def _smape(tally: Tally) -> float:
    came, error = np.stack(tally.came), np.stack(tally.error)
    return float((2 * np.abs(error) / (np.abs(came) + np.abs(came + error))).mean())


def _councils(table: pl.DataFrame) -> dict[str, tuple[Floats, date]]:
    """Each series without gaps, and its first Monday."""
    out = {}
    for (name,), part in table.sort("week_start").partition_by("series_id", as_dict=True, maintain_order=True).items():
        first: date = part["week_start"][0]
        rows = (part["week_start"] - first).dt.total_days().to_numpy() // 7
        values = np.zeros(rows[-1] + 1)
        values[rows] = part["amount"].to_numpy()
        out[name] = (values, first)
    return out
