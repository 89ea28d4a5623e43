"""`rowcol score forecast`: weekly series some weeks ahead, with intervals, now or at earlier origins."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchestration.cli.score.files import Map, write_table
from orchestration.cli.screen import console, plain_errors

if TYPE_CHECKING:
    from datetime import date

    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

    from orchestration.cli.score.weekly import Weekly

# Series of about one length are forecast together: the others' weeks before their start are work for nothing.
LENGTH_STEP = 256
LEVELS = {0.80: "80", 0.95: "95"}
SUMS = (4, 8, 13)
DIGITS = 10

Train = Annotated[
    Path,
    typer.Argument(help="series_id, week_start (a missing week counts as 0) or t (without gaps), value or amount."),
]
Out = Annotated[
    Path, typer.Argument(help="Where to write series_id, origin (with --origins), h, mean, lo80, hi80, lo95, hi95.")
]
Horizon = Annotated[int, typer.Option(min=1, max=104, help="Weeks ahead.")]
Origins = Annotated[
    Path | None,
    typer.Option(
        "--origins",
        metavar="TASKS",
        help="series_id, origin: forecast from that week (or t) on with the weeks before it alone; h is also c4, c8 "
        "and c13, the sum of the first 4, 8 and 13 weeks.",
    ),
]


def forecast(train: Train, out: Out, horizon: Horizon = 13, origins: Origins = None, mapping: Map = None) -> None:
    """Forecast each series from the week after its last one, or at every origin of a list.

    Series are forecast one by one: rows of another series change nothing. The sums' intervals are calibrated on errors
    of sums, so they are narrower than the sum of the weeks' ends.
    """
    began = time.monotonic()
    with plain_errors():
        import polars as pl

        from orchestration.cli.score.weekly import read_origins, read_weekly

        weekly = read_weekly(train, mapping)
        if origins is None:
            rows = {name: len(series.values) for name, series in weekly.series.items()}
            tasks = pl.DataFrame({"series_id": list(rows), "row": list(rows.values())})
        else:
            tasks = read_origins(origins, weekly)
        spans = [span for span in SUMS if origins is not None and span <= horizon]
        with console.status(f"forecasting {tasks.height:,} times"):
            figures = pl.concat([_figures(panel, horizon, spans) for panel in _panels(weekly, tasks)])
        table = tasks.with_row_index("task").join(figures, on=["series_id", "row"], maintain_order="left_right")
        write_table(table.drop("task", "row"), out)
    console.print(
        f"{out}: {table.height:,} rows of {tasks.height:,} forecasts of {tasks['series_id'].n_unique():,} series; "
        f"{time.monotonic() - began:.1f} s",
        markup=False,
    )


@dataclass(frozen=True, slots=True)
class _Panel:
    """Series that are wanted at the same distances from their last origin, right-aligned at it."""

    names: list[str]
    values: NDArray[np.float64]
    first_week: date | None
    back: tuple[int, ...]
    last: list[int]
    """Weeks of each series before its last origin."""


def _panels(weekly: Weekly, tasks: pl.DataFrame) -> Iterator[_Panel]:
    """Few panels that hold every task; none holds a week on or after its last origin."""
    import numpy as np

    from orchestration.cli.score.weekly import day

    wanted: dict[str, list[int]] = {}
    for name, row in tasks.select("series_id", "row").iter_rows():
        wanted.setdefault(name, []).append(row)
    groups: dict[tuple[int, int, tuple[int, ...]], list[str]] = {}
    for name, rows in wanted.items():
        series, last = weekly.series[name], max(rows)
        origin = series.first + series.step * last if weekly.dated else 0
        back = tuple(sorted({last - row for row in rows}))
        groups.setdefault((origin, -(-last // LENGTH_STEP), back), []).append(name)
    for (origin, _, back), names in groups.items():
        lasts = [max(wanted[name]) for name in names]
        weeks = max(lasts)
        values = np.full((weeks, len(names)), np.nan)
        for column, (name, last) in enumerate(zip(names, lasts, strict=True)):
            given = weekly.series[name].values[:last]
            # A week after the series' own last one, and within the file's: nothing was paid.
            values[weeks - last :, column] = np.pad(given, (0, last - len(given)))
        start = day(origin - weekly.series[names[0]].step * weeks) if weekly.dated else None
        yield _Panel(names, values, start, back, lasts)


def _figures(panel: _Panel, horizon: int, spans: list[int]) -> pl.DataFrame:
    """One row per task and step, in order: series_id, row, h, mean and both ends of every level."""
    import numpy as np
    import polars as pl

    from dbt_project.methods.forecast import forecast_panel

    weeks = len(panel.values)
    found = forecast_panel(
        panel.values,
        horizon,
        origins=[weeks - distance for distance in panel.back],
        first_week=panel.first_week,
        levels=list(LEVELS),
        sums=spans,
    )
    steps = [*map(str, range(1, horizon + 1)), *(f"c{span}" for span in spans)]
    count = (len(panel.back), len(panel.names), len(steps))
    rows = np.array(panel.last)[None, :] - np.array(panel.back)[:, None]

    def laid(figures: NDArray[Any]) -> NDArray[Any]:
        return np.broadcast_to(figures, count).ravel()

    columns: dict[str, Any] = {
        "series_id": laid(np.array(panel.names, dtype=object)[:, None]).tolist(),
        "row": laid(rows[:, :, None]),
        "h": laid(np.array(steps, dtype=object)).tolist(),
        "mean": laid(np.concatenate([found.mean, found.sum_mean], axis=2)),
    }
    low, high = np.concatenate([found.low, found.sum_low], axis=2), np.concatenate([found.high, found.sum_high], axis=2)
    for place, level in enumerate(LEVELS.values()):
        columns |= {f"lo{level}": laid(low[..., place]), f"hi{level}": laid(high[..., place])}
    return pl.DataFrame(columns).with_columns(pl.col(pl.Float64).round_sig_figs(DIGITS))
