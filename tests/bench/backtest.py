"""Forecasts of a built warehouse's earlier origins beside what came: ours, plain rules and a library, per client."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np
from numpy.typing import NDArray

from tests.bench.forecast_rivals import Rival

Floats = NDArray[np.float64]
HORIZON = 13
GOALS = (4, 8, 13)
TOLERANCE = 0.15

CELLS = """
    select known.client_id, known.origin_date, known.week_number,
        sum(known.actual_minor) as actual,
        sum(case when known.direction = -1 then -known.actual_minor else 0 end) as outflow,
        any_value(totals.inflow_minor + totals.outflow_minor) as ours,
        sum(rivals.due_date_minor) as due, sum(rivals.last_year_minor) as last_year,
        sum(rivals.mean_13_minor) as mean_13
    from intermediate.int_projection__known_weeks as known
    inner join intermediate.int_projection__totals as totals using (client_id, origin_date, week_number)
    inner join intermediate.int_projection__rivals as rivals using (client_id, origin_date, bucket, week_number)
    inner join intermediate.int_projection__origins as origins using (client_id, origin_date)
    where origins.weeks_ago between ? and ?
    group by all
    order by known.client_id, known.origin_date, known.week_number
"""
NET = """
    select client_id, week_start_date, sum(amount_minor) as net
    from intermediate.int_projection__bucket_weeks group by all order by all
"""
BANDS = """
    select errors.week_number, count(*) as cases,
        avg((weeks.closing_balance_minor + errors.error_minor between low_80_minor and high_80_minor)::int) as held_80,
        avg((weeks.closing_balance_minor + errors.error_minor between low_90_minor and high_90_minor)::int) as held_90,
        avg((high_80_minor - low_80_minor) / errors.week_outflow_minor) as width_80,
        avg((high_90_minor - low_90_minor) / errors.week_outflow_minor) as width_90
    from intermediate.int_projection__errors as errors
    inner join intermediate.int_projection__weeks as weeks using (client_id, origin_date, week_number)
    inner join intermediate.int_projection__origins as origins using (client_id, origin_date)
    where origins.weeks_ago between ? and ?
    group by errors.week_number order by errors.week_number
"""


@dataclass(frozen=True)
class Backtest:
    """Weekly net flow of clients × origins (one row each) × thirteen weeks: what came, what went out, what was said."""

    clients: list[str]
    origins: int
    actual: Floats
    outflow: Floats
    said: dict[str, Floats] = field(default_factory=dict)

    def figures(self, method: str) -> dict[str, float | int | str]:
        """WAPE of weeks, the 13-week balance error, and how often the first weeks' sum is within 15 % of outflow."""
        error = self.actual - self.said[method]
        out: dict[str, float | int | str] = {
            "forecasts": len(error),
            "weekly WAPE": float(np.abs(error).sum() / np.abs(self.actual).sum()),
            "13-week balance error / outflow": float(np.abs(error.sum(axis=1)).sum() / self.outflow.sum()),
        }
        names = np.array(self.clients)
        for weeks in GOALS:
            off = np.abs(error[:, :weeks].sum(axis=1)) / self.outflow[:, :weeks].sum(axis=1)
            out[f"forecasts within 15 %, {weeks} weeks"] = float((off <= TOLERANCE).mean())
            mean = [off[names == name].mean() for name in sorted(set(self.clients))]
            out[f"clients within 15 %, {weeks} weeks"] = float((np.array(mean) <= TOLERANCE).mean())
        return out


def backtest(warehouse: Path, first: int, last: int, libraries: dict[str, Rival]) -> Backtest:
    """Every origin from `first` to `last` weeks ago; libraries see the weekly net flow before it."""
    with duckdb.connect(str(warehouse), read_only=True) as database:
        cells = database.execute(CELLS, [first, last]).fetchnumpy()
        net = database.execute(NET).fetchnumpy()
    shape = (-1, HORIZON)
    clients = cells["client_id"].reshape(shape)[:, 0].tolist()
    origins = cells["origin_date"].reshape(shape)[:, 0].astype("datetime64[D]")
    told = {"ours": "ours", "naive: due-date rule": "due", "naive: seasonal (the same week a year ago)": "last_year",
            "naive: mean of 13 weeks": "mean_13"}  # fmt: skip
    said = {name: cells[column].astype(float).reshape(shape) for name, column in told.items()}
    for name, rival in libraries.items():
        said[name] = _asked(rival, clients, origins, net)
    actual, outflow = (cells[column].astype(float).reshape(shape) for column in ("actual", "outflow"))
    return Backtest(clients, len(np.unique(origins)), actual, outflow, said)


def _asked(rival: Rival, clients: list[str], origins: NDArray[np.datetime64], net: dict[str, Floats]) -> Floats:
    """A library's weeks per client and origin; of week 1, the working days that were left."""
    weeks = net["week_start_date"].astype("datetime64[D]")
    out = np.empty((len(clients), HORIZON))
    for row, (client, origin) in enumerate(zip(clients, origins, strict=True)):
        weekday = (origin.astype(int) + 3) % 7  # Monday is 0; day 0 was a Thursday.
        monday = origin - np.timedelta64(weekday, "D")
        values = net["net"][(net["client_id"] == client) & (weeks < monday)].astype(float)
        out[row] = rival(values, HORIZON)[0]
        out[row, 0] *= max(4 - weekday, 0) / 5
    return out


def bands(warehouse: Path, first: int, last: int) -> list[dict[str, float | int]]:
    """Per week ahead: the share of closes inside the bands of 80 and 90, and their mean width in weeks of outflow."""
    with duckdb.connect(str(warehouse), read_only=True) as database:
        found = database.execute(BANDS, [first, last])
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
