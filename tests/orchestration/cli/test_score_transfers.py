"""`rowcol score transfers`: two files in, one-to-one links out, errors in one line."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from orchestration.cli.main import app
from tests.bench.made_payments import HABITS, made


def run(*words: str | Path) -> Result:
    return CliRunner().invoke(app, ["score", "transfers", *map(str, words)], env={"COLUMNS": "500"})


def written(frame: pl.DataFrame, path: Path, key: str) -> Path:
    amount = (pl.col("minor") / 100).alias("AMOUNT")
    frame.select(pl.col("id").alias(key), pl.col("day").alias("Transaction_Date"), amount, "memo").write_csv(path)
    return path


def test_links_come_back_under_the_ids_given(tmp_path: Path) -> None:
    origin, destination, truth = made(HABITS[1], 300)
    left = written(origin, tmp_path / "left.csv", "origin_id")
    right = written(destination, tmp_path / "right.csv", "reference")
    result = run(left, right, tmp_path / "out.parquet", "--map", "destination_id=reference")
    assert result.exit_code == 0, result.output
    links = pl.read_parquet(tmp_path / "out.parquet")
    assert links.columns == ["origin_id", "destination_id", "score"]
    right_ones = links.join(truth, on=["origin_id", "destination_id"], how="semi")
    assert len(right_ones) >= 0.98 * len(links) >= 0.8 * len(truth)
    assert links["score"].is_between(0.5, 1).all()
    assert f"{len(links)} links" in result.output


def test_a_file_without_memos_is_linked_by_day_and_amount(tmp_path: Path) -> None:
    left = tmp_path / "left.csv"
    left.write_text("origin_id,transaction_date,amount\n007,05/01/2026,-1250.10\n008,06/01/2026,-99.99\n")
    right = tmp_path / "right.csv"
    right.write_text("destination_id,transaction_date,amount\na,06/01/2026,1250.10\nb,07/01/2026,99.99\n")
    assert run(left, right, tmp_path / "out.csv").exit_code == 0
    links = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert set(links["origin_id"]) <= {"007", "008"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("origin_id,transaction_date,amount,memo\n1,2026-01-05,,x\n", ["left.csv line 2", "amount is empty"]),
        ("origin_id,transaction_date,amount,memo\n1,soon,1.00,x\n", ["left.csv line 2", "transaction_date is 'soon'"]),
        ("origin_id,amount,memo\n1,1.00,x\n", ["no column transaction_date", "--map"]),
        ("origin_id,transaction_date,amount\n1,2026-01-05,1\n1,2026-01-05,1\n", ["'1' stands in more than one row"]),
    ],
    ids=["no_amount", "no_day", "no_column", "a_key_twice"],
)
def test_a_wrong_file_is_one_clear_line(tmp_path: Path, text: str, words: list[str]) -> None:
    left = tmp_path / "left.csv"
    left.write_text(text)
    right = tmp_path / "right.csv"
    right.write_text("destination_id,transaction_date,amount\na,2026-01-06,1\n")
    result = run(left, right, tmp_path / "out.csv")
    assert result.exit_code == 1
    assert all(word in result.output for word in words), result.output


def test_empty_files_give_an_empty_result(tmp_path: Path) -> None:
    left = tmp_path / "left.csv"
    left.write_text("origin_id,transaction_date,amount,memo\n")
    right = tmp_path / "right.csv"
    right.write_text("destination_id,transaction_date,amount,memo\n")
    result = run(left, right, tmp_path / "out.csv")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "out.csv").read_text() == "origin_id,destination_id,score\n"
