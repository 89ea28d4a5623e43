"""`rowcol score forecast` from the shell: weeks as days or counted, origins that see no later week, and odd files."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner, Result

from orchestration.cli.score import app

MONDAY = date(2022, 1, 3)
COLUMNS = ["series_id", "h", "mean", "lo80", "hi80", "lo95", "hi95"]


def weeks(name: str, count: int = 90, seed: int = 1, start: date = MONDAY) -> pl.DataFrame:
    figures = np.random.default_rng(seed).lognormal(3, size=count).round(2)
    days = [start + timedelta(weeks=week) for week in range(count)]
    return pl.DataFrame({"series_id": [name] * count, "week_start": days, "amount": figures})


def counted(name: str, count: int = 90, seed: int = 1) -> pl.DataFrame:
    figures = 100 + np.random.default_rng(seed).normal(size=count).cumsum()
    return pl.DataFrame({"series_id": [name] * count, "t": range(1, count + 1), "value": figures})


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["forecast", *map(str, arguments)])


def forecast(folder: Path, frame: pl.DataFrame, tasks: pl.DataFrame | None = None, *more: str) -> pl.DataFrame:
    train, out, list_ = folder / "train.csv", folder / "out.csv", folder / "tasks.csv"
    frame.write_csv(train)
    if tasks is not None:
        tasks.write_csv(list_)
        more = (*more, "--origins", str(list_))
    done = run(train, out, *more)
    assert done.exit_code == 0, done.output
    return pl.read_csv(out, schema_overrides={"h": pl.String})


def refused(folder: Path, train: str, tasks: str | None = None) -> str:
    (folder / "train.csv").write_text(train)
    more: list[str | Path] = []
    if tasks is not None:
        (folder / "tasks.csv").write_text(tasks)
        more = ["--origins", folder / "tasks.csv"]
    done = run(folder / "train.csv", folder / "out.csv", *more)
    assert done.exit_code == 1
    assert not (folder / "out.csv").exists()
    return " ".join(done.output.split())


def test_every_series_gets_its_weeks_in_order(tmp_path: Path) -> None:
    found = forecast(tmp_path, pl.concat([weeks("ö/b"), weeks("a", 40, 2)]))
    assert found.columns == COLUMNS
    assert found["series_id"].to_list() == ["ö/b"] * 13 + ["a"] * 13
    assert found["h"].to_list() == [str(step) for step in range(1, 14)] * 2
    assert (found["lo95"] <= found["lo80"]).all()
    assert (found["hi80"] <= found["hi95"]).all()
    assert found["lo95"].min() >= 0


def test_counted_weeks_and_another_horizon(tmp_path: Path) -> None:
    found = forecast(tmp_path, counted("W1"), None, "--horizon", "3")
    assert found["h"].to_list() == ["1", "2", "3"]
    assert abs(found["mean"][0] - counted("W1")["value"][-1]) < 5


def test_origins_add_a_column_and_sums(tmp_path: Path) -> None:
    frame = pl.concat([weeks("a"), weeks("b", 60, 3)])
    origins = [MONDAY + timedelta(weeks=week) for week in (50, 30)]
    tasks = pl.DataFrame({"series_id": ["b", "b", "a"], "origin": [*origins, origins[0]]})
    found = forecast(tmp_path, frame, tasks)
    assert found.columns == ["series_id", "origin", *COLUMNS[1:]]
    assert found.height == 3 * 16
    assert found["h"].to_list()[:16] == [*map(str, range(1, 14)), "c4", "c8", "c13"]
    assert found[::16].select("series_id", "origin").rows() == [
        ("b", str(origins[0])),
        ("b", str(origins[1])),
        ("a", str(origins[0])),
    ]
    of_one = found[:16]
    assert of_one["mean"][13] == pytest.approx(of_one["mean"][:4].sum())
    assert of_one["mean"][15] == pytest.approx(of_one["mean"][:13].sum())
    assert of_one["hi95"][15] - of_one["lo95"][15] < (of_one["hi95"] - of_one["lo95"])[:13].sum()


@pytest.mark.parametrize("make", [weeks, counted], ids=["days", "counted"])
def test_only_weeks_before_the_origin_are_used(tmp_path: Path, make: object) -> None:
    frame = make("a")  # type: ignore[operator]
    when, figure = frame.columns[1:]
    tasks = pl.DataFrame({"series_id": "a", "origin": [frame[when][60], frame[when][70]]})
    as_known = forecast(tmp_path, frame, tasks)
    other = frame.with_columns(pl.when(pl.col(when) < frame[when][60]).then(figure).otherwise(9e6).alias(figure))
    changed = forecast(tmp_path, other, tasks)
    assert changed[:16].equals(as_known[:16])
    assert not changed[16:].equals(as_known[16:])
    # The same as a file that ends there, and as a run that asks for this origin alone.
    cut = forecast(tmp_path, frame[:60])
    for column in COLUMNS[2:]:
        np.testing.assert_allclose(cut[column], as_known[:13][column], rtol=1e-7)


def test_rows_of_another_series_change_nothing(tmp_path: Path) -> None:
    alone = forecast(tmp_path, counted("a"))
    joint = forecast(tmp_path, pl.concat([counted("b", 120, 5), counted("a"), counted("c", 20, 6)]))
    mine = joint.filter(pl.col("series_id") == "a")
    for column in COLUMNS[2:]:
        np.testing.assert_allclose(mine[column], alone[column], rtol=1e-7)


def test_a_missing_week_is_a_week_without_payment_and_order_is_free(tmp_path: Path) -> None:
    given = weeks("a").with_columns(
        pl.when(pl.int_range(pl.len()) % 5 == 2).then(0.0).otherwise("amount").alias("amount")
    )
    whole = forecast(tmp_path, given)
    gappy = forecast(tmp_path, given.filter(pl.col("amount") > 0).sample(fraction=1, shuffle=True, seed=4))
    assert gappy.equals(whole)


def test_a_week_that_only_another_series_has_is_known_and_empty(tmp_path: Path) -> None:
    frame = pl.concat([weeks("a", 60), weeks("b", 80)])
    tasks = pl.DataFrame({"series_id": ["a"], "origin": [MONDAY + timedelta(weeks=75)]})
    found = forecast(tmp_path, frame, tasks)
    assert found["mean"][0] < forecast(tmp_path, frame)["mean"][0]


@pytest.mark.parametrize("ending", ["csv.gz", "parquet"])
def test_other_formats_and_names(tmp_path: Path, ending: str) -> None:
    given, out = tmp_path / f"given.{ending}", tmp_path / f"out.{ending}"
    frame = weeks("a").rename({"amount": "Paid", "week_start": "WEEK_START"})
    if ending == "parquet":
        frame.write_parquet(given)
    else:
        import gzip

        given.write_bytes(gzip.compress(frame.write_csv().encode()))
    assert run(given, out, "--map", "amount=paid").exit_code == 0
    assert (pl.read_parquet(out) if ending == "parquet" else pl.read_csv(out)).height == 13


def test_nothing_ever_paid_is_forecast_as_nothing(tmp_path: Path) -> None:
    found = forecast(tmp_path, weeks("a").with_columns(pl.lit(0.0).alias("amount")))
    assert (found.select(COLUMNS[2:]).to_numpy() == 0).all()


def test_a_file_of_one_week_and_refunds_in_brackets_are_read(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text('series_id,week_start,amount\na,03/01/2022,"(1,200.50)"\n')
    assert run(tmp_path / "train.csv", tmp_path / "out.csv").exit_code == 0
    assert pl.read_csv(tmp_path / "out.csv")["mean"].to_list() == [-1200.5] * 13


@pytest.mark.parametrize(
    ("train", "told"),
    [
        ("series_id,week_start\na,2022-01-03\n", "no column value or amount"),
        ("series_id,amount\na,1\n", "no column week_start or t"),
        ("series_id,t,value\n", "there is no row"),
        ("series_id,t,value\na,1,NaN\n", "line 2: value is 'NaN', which is no number"),
        ("series_id,t,value\na,1,1\na,2,\n", "line 3: value is empty"),
        ("series_id,t,value\na,1,1\na,1,2\n", "series 'a' has t 1 more than once"),
        ("series_id,t,value\na,1,1\na,3,2\n", "series 'a' has no t 2"),
        ("series_id,t,value\na,1.5,1\n", "t is '1.5', which is no whole number"),
        ("series_id,week_start,value\na,2022-01-03,1\na,2022-01-05,2\n", "which is not whole weeks after its first"),
        ("series_id,week_start,value\na,2022-01-03,1\na,2022-01-03,2\n", "more than once; a row is a whole week"),
        ("series_id,week_start,value\na,soon,1\n", "week_start is 'soon', which is no day"),
    ],
)
def test_a_wrong_file_gets_one_clear_line(tmp_path: Path, train: str, told: str) -> None:
    assert told in refused(tmp_path, train)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("b,2022-01-10", "no series 'b'"),
        ("a,2022-01-11", "starts no week of it"),
        ("a,2022-01-03", "has no week before origin 2022-01-03"),
        ("a,2022-01-24", "beyond the week after the last one known"),
        ("a,", "origin is empty"),
    ],
)
def test_a_wrong_origin_gets_one_clear_line(tmp_path: Path, task: str, told: str) -> None:
    train = "series_id,week_start,value\na,2022-01-03,1\na,2022-01-10,2\n"
    assert told in refused(tmp_path, train, f"series_id,origin\n{task}\n")
