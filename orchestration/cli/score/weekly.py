"""Weekly series out of a file, and the origins at which they are to be forecast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from execution.errors import Invalid
from orchestration.cli.score.files import read_table, to_date, to_number, whole

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

EPOCH = date(1970, 1, 1)
WEEK = 7


@dataclass(frozen=True, slots=True)
class Series:
    """One series without gaps.

    Attributes:
        values: one per week.
        first: of the first week, its `t`, or the day number (since 1970-01-01) on which it starts.
        step: from one week to the next: 1 for `t`, 7 for days.
    """

    values: NDArray[np.float64]
    first: int
    step: int

    @property
    def end(self) -> int:
        """The week after the last one, as `first` is."""
        return self.first + self.step * len(self.values)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A file's series by id, in the order in which they first stand there; `dated` when weeks are days."""

    series: dict[str, Series]
    dated: bool


def read_weekly(path: Path, mapping: Sequence[str] | None = None) -> Weekly:
    """Read series_id, t or week_start, value or amount; rows may stand in any order.

    A week that is absent between a series' first and last week_start had no payment and counts as 0; a `t` must follow
    the one before it.

    Raises:
        Invalid: names the file and line, or the series and week, and the remedy.
    """
    table = read_table(path, ["series_id"], ["week_start", "t", "value", "amount"], mapping)
    when = _one_of(table, path, "week_start", "t")
    figure = _one_of(table, path, "value", "amount")
    table = to_number(whole(table, path, "series_id", when, figure), path, figure)
    table = _counted(table, path, when, when == "week_start")
    twice = table.select("series_id", "_week").is_duplicated()
    if twice.any():
        row = table.row(twice.arg_true()[1], named=True)
        raise Invalid(
            f"{path}: series {row['series_id']!r} has {when} {row[when]} more than once; a row is a whole week"
        )
    dated = when == "week_start"
    series = {
        name: _series(part, path, name, dated)
        for (name,), part in table.partition_by("series_id", as_dict=True, maintain_order=True).items()
    }
    if not series:
        raise Invalid(f"{path}: there is no row")
    return Weekly(series, dated)


def read_origins(path: Path, weekly: Weekly, mapping: Sequence[str] | None = None) -> pl.DataFrame:
    """Read series_id, origin: the first week that is forecast, by its week_start or `t`.

    Returns:
        series_id, origin as given, and row: the number of the series' weeks before it; each task once, in file order.

    Raises:
        Invalid: a series that is not there, an origin that is no start of its weeks, or with no week before it, or
            more than a week after the last one that the file knows.
    """
    import polars as pl

    table = whole(read_table(path, ["series_id", "origin"], mapping=mapping), path, "series_id", "origin")
    table = _counted(table, path, "origin", weekly.dated).unique(
        ["series_id", "_week"], keep="first", maintain_order=True
    )
    last = max(series.end for series in weekly.series.values()) if weekly.dated else None
    rows = []
    for task in table.iter_rows(named=True):
        name, origin = task["series_id"], task["origin"]
        if name not in weekly.series:
            raise Invalid(f"{path}: the training file has no series {name!r}")
        series = weekly.series[name]
        row, rest = divmod(task["_week"] - series.first, series.step)
        if rest:
            raise Invalid(
                f"{path}: origin {origin} of series {name!r} starts no week of it; weeks start {WEEK} days apart"
            )
        if row < 1:
            raise Invalid(f"{path}: series {name!r} has no week before origin {origin}")
        if task["_week"] > (last or series.end):
            raise Invalid(f"{path}: origin {origin} of series {name!r} lies beyond the week after the last one known")
        rows.append(row)
    return table.select("series_id", "origin").with_columns(pl.Series("row", rows, pl.Int64))


def day(number: int) -> date:
    """A day by its number since 1970-01-01."""
    return EPOCH + timedelta(days=number)


def _one_of(table: pl.DataFrame, path: Path, first: str, second: str) -> str:
    found = next((name for name in (first, second) if name in table.columns), None)
    if found is None:
        raise Invalid(f"{path}: no column {first} or {second}. Name yours with --map {first}=THEIRS")
    return found


def _counted(table: pl.DataFrame, path: Path, column: str, dated: bool) -> pl.DataFrame:
    """The frame with `_week`: a whole number, of days since 1970-01-01 when weeks are days."""
    import polars as pl

    if dated:
        days = to_date(table, path, column)
        return table.with_columns(days[column].to_physical().cast(pl.Int64).alias("_week"))
    numbers = to_number(table, path, column)[column]
    broken = numbers != numbers.round(0)
    if broken.any():
        at = broken.arg_true()[0]
        raise Invalid(f"{path} line {at + 2}: {column} is {table[column][at]!r}, which is no whole number")
    return table.with_columns(numbers.cast(pl.Int64).alias("_week"))


def _series(part: pl.DataFrame, path: Path, name: str, dated: bool) -> Series:
    import numpy as np

    figure = "value" if "value" in part.columns else "amount"
    ordered = part.sort("_week")
    weeks, figures = ordered["_week"].to_numpy(), ordered[figure].to_numpy()
    if not dated:
        gaps = np.flatnonzero(np.diff(weeks) != 1)
        if len(gaps):
            raise Invalid(f"{path}: series {name!r} has no t {weeks[gaps[0]] + 1}; t counts weeks without gaps")
        return Series(figures, int(weeks[0]), 1)
    rows, rest = np.divmod(weeks - weeks[0], WEEK)
    if rest.any():
        odd = ordered["week_start"][int(np.flatnonzero(rest)[0])]
        raise Invalid(f"{path}: series {name!r} has a week_start {odd}, which is not whole weeks after its first")
    values = np.zeros(rows[-1] + 1)
    values[rows] = figures
    return Series(values, int(weeks[0]), WEEK)
