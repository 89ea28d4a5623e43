"""`rowcol score days-to-pay` from the shell: files as people have them, and nothing read that was not known."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from orchestration.cli.score import app

FIRST = date(2024, 1, 1)
HABITS = {"slow": 45, "prompt": 20, "usual": 31}


def invoices(first: int, count: int) -> pl.DataFrame:
    """One invoice a day, customers in turn; each settles by its habit, a day or two around it."""
    rows = []
    for at in range(first, first + count):
        customer = ("slow", "prompt", "usual")[at % 3]
        took = HABITS[customer] + at % 5 - 2
        day = FIRST + timedelta(days=at)
        rows.append(
            (f"00{at}", customer, str(day), str(day + timedelta(days=30)), "1,200.00", "Paper", "No")
            + (str(day + timedelta(days=took)), str(took), str(max(0, took - 30)))
        )
    columns = ["invoice_number", "customer_id", "invoice_date", "due_date", "amount", "paperless_bill", "disputed"]
    return pl.DataFrame(rows, schema=[*columns, "settled_date", "days_to_settle", "days_late"], orient="row")


OUTCOMES = ("disputed", "settled_date", "days_to_settle", "days_late")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    invoices(0, 200).write_csv(train)
    invoices(260, 30).write_csv(test)
    return train, test, tmp_path / "out.csv"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["days-to-pay", *map(str, arguments)])


def scored(*arguments: str | Path) -> pl.DataFrame:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    found = pl.read_csv(arguments[2], infer_schema=False)
    return found.with_columns(pl.col("days", "lo80", "hi80", "p_late").cast(pl.Float64))


def test_each_invoice_gets_days_a_range_and_a_chance(files: tuple[Path, Path, Path]) -> None:
    train, test, out = files
    found = scored(train, test, out, "--target", "days_to_settle")
    given = invoices(260, 30)
    assert found.columns == ["invoice_number", "days", "lo80", "hi80", "p_late"]
    assert found["invoice_number"].to_list() == given["invoice_number"].to_list()
    took = given["days_to_settle"].cast(pl.Float64)
    assert (found["days"] - took).abs().max() < 4  # type: ignore[operator]
    slow, prompt = (found["p_late"].filter(given["customer_id"] == name) for name in ("slow", "prompt"))
    assert slow.min() > 0.9 > 0.1 > prompt.max()  # type: ignore[operator]


def test_outcomes_of_the_scored_invoices_are_not_read(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    train, test, out = files
    blind, planted = tmp_path / "blind.csv", tmp_path / "planted.csv"
    given = invoices(260, 30)
    given.drop(OUTCOMES).write_csv(blind)
    given.with_columns(pl.lit("1999-01-01").alias(name) for name in OUTCOMES).write_csv(planted)
    expected = scored(train, test, out, "--target", "days_to_settle")
    for path in (blind, planted):
        assert scored(train, path, out, "--target", "days_to_settle").equals(expected)


def test_an_invoice_of_the_past_counts_from_the_day_after_it_was_settled(tmp_path: Path) -> None:
    train, test, out = tmp_path / "train.csv", tmp_path / "test.csv", tmp_path / "out.csv"
    past = invoices(0, 120)
    scored_day = FIRST + timedelta(days=119)
    invoices(119, 1).write_csv(test)
    past.write_csv(train)
    first = scored(train, test, out, "--target", "settled_date")
    late = pl.col("settled_date") >= str(scored_day)
    past.with_columns(
        pl.when(late).then(pl.lit("2026-01-01")).otherwise("settled_date").alias("settled_date")
    ).write_csv(train)
    assert scored(train, test, out, "--target", "settled_date").equals(first)


@pytest.mark.parametrize("target", ["days_to_settle", "days_late", "settled_date"])
def test_the_target_may_count_from_the_due_date_or_be_the_day(files: tuple[Path, Path, Path], target: str) -> None:
    train, test, out = files
    usual = scored(train, test, out, "--target", "days_to_settle")
    found = scored(train, test, out, "--target", target)
    assert found["p_late"].equals(usual["p_late"])
    from_due = target == "days_late"
    expected = (usual["days"] - 30).clip(lower_bound=0) if from_due else usual["days"]
    assert found["days"].to_list() == pytest.approx(expected.to_list(), abs=0.011)


def test_days_alone_are_enough(files: tuple[Path, Path, Path]) -> None:
    train, test, out = files
    usual = scored(train, test, out, "--target", "days_to_settle")
    invoices(0, 200).drop("settled_date", "days_late", "disputed").write_csv(train)
    assert scored(train, test, out, "--target", "days_to_settle").equals(usual)


def test_other_names_and_days_as_the_us_writes_them(files: tuple[Path, Path, Path]) -> None:
    train, test, out = files
    usual = scored(train, test, out, "--target", "days_to_settle")
    for path in (train, test):
        frame = pl.read_csv(path, infer_schema=False)
        for name in ("invoice_date", "due_date", "settled_date"):
            frame = frame.with_columns(pl.col(name).str.to_date().dt.strftime("%m/%d/%Y"))
        frame.rename({"customer_id": "Kunde", "invoice_number": "Ref", "invoice_date": "Date"}).write_csv(path)
    found = scored(train, test, out, "--target", "days_to_settle", "--map", "customer=kunde", "--map", "invoice=Ref")
    assert found.columns[0] == "Ref" and found.drop("Ref").equals(usual.drop("invoice_number"))


def test_the_test_file_teaches_only_when_asked(tmp_path: Path) -> None:
    train, test, out = tmp_path / "train.csv", tmp_path / "test.csv", tmp_path / "out.csv"
    invoices(0, 3).write_csv(train)
    invoices(3, 150).write_csv(test)
    result = run(train, test, out, "--target", "days_to_settle")
    assert result.exit_code == 0 and "150" in result.output and "left empty" in result.output
    assert pl.read_csv(out)["days"].null_count() == 150
    learned = scored(train, test, out, "--target", "days_to_settle", "--learn-from-test")
    assert learned["days"].tail(60).null_count() == 0 and learned["days"].head(10).null_count() == 10


def test_empty_files_and_no_due_date(files: tuple[Path, Path, Path]) -> None:
    train, test, out = files
    invoices(260, 30).head(0).write_csv(test)
    assert scored(train, test, out, "--target", "days_to_settle").height == 0
    invoices(260, 30).drop("due_date").write_csv(test)
    found = scored(train, test, out, "--target", "days_to_settle")
    assert found["days"].null_count() == 0 and found["p_late"].null_count() == 30
    invoices(0, 30).head(0).write_csv(train)
    assert scored(train, test, out, "--target", "days_to_settle")["days"].null_count() == 30


@pytest.mark.parametrize(
    ("change", "target", "told"),
    [
        (lambda frame: frame, "paid_on", "no column paid_on"),
        (lambda frame: frame.drop("customer_id"), "days_to_settle", "no column customer_id"),
        (lambda frame: frame.with_columns(invoice_date=pl.lit("soon")), "days_to_settle", "line 2: invoice_date"),
        (lambda frame: frame.with_columns(days_to_settle=pl.lit("7")), "days_to_settle", "neither from invoice_date"),
        (lambda frame: frame.with_columns(days_to_settle=pl.lit("soon")), "days_to_settle", "which is no day"),
    ],
    ids=["target", "column", "day", "disagrees", "no number"],
)
def test_a_wrong_file_is_told_in_one_line(
    files: tuple[Path, Path, Path], change: object, target: str, told: str
) -> None:
    train, test, out = files
    change(invoices(0, 200)).write_csv(train)  # type: ignore[operator]
    result = run(train, test, out, "--target", target)
    assert result.exit_code == 1 and told in " ".join(result.output.split()) and not out.exists()


def test_a_map_to_a_column_that_no_file_has_is_refused(files: tuple[Path, Path, Path]) -> None:
    train, test, out = files
    result = run(train, test, out, "--target", "days_to_settle", "--map", "customer=kunde")
    assert result.exit_code == 1 and "kunde" in result.output
