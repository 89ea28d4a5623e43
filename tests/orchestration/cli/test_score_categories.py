"""`rowcol score categories`: labels and probabilities out of files, whatever their layout."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from orchestration.cli.main import app

TRAIN = pl.DataFrame(
    {
        "date": ["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05", "2026-01-06", "2026-01-07"],
        "descriptor": ["HARBOUR HOTEL", "HARBOUR HOTEL", "TAXI CO 12", "TAXI CO 14", "CITY TAXIS", "GRAND HOTEL 8"],
        "amount": ["80.00", "82.50", "9.10", "11.00", "7.25", "120.00"],
        "spend": ["Lodging", "Lodging", "Travel", "Travel", "Travel", "Lodging"],
        "account": ["6100", "6100", "6200", "6200", "6200", "6100"],
    }
)
LINES = pl.DataFrame(
    {
        "row_id": ["007", "a b", "é"],
        "descriptor": ["HARBOUR HOTEL", "TAXI CO 99", None],
        "amount": ["81.00", "-10.00", None],
    }
)


def score(folder: Path, *options: str, train: pl.DataFrame = TRAIN, lines: pl.DataFrame = LINES) -> Result:
    train.write_csv(folder / "train.csv")
    lines.write_parquet(folder / "in.parquet")
    files = [str(folder / name) for name in ("train.csv", "in.parquet", "out.csv")]
    return CliRunner().invoke(app, ["score", "categories", *files, *options])


def written(folder: Path) -> pl.DataFrame:
    return pl.read_csv(folder / "out.csv", infer_schema=False)


def test_labels_every_line_and_gives_ids_back_as_they_came(tmp_path: Path) -> None:
    done = score(tmp_path)
    assert done.exit_code == 0, done.output
    found = written(tmp_path)
    assert found.columns == ["row_id", "spend", "account", "confidence", "confidence_account"]
    assert found["row_id"].to_list() == ["007", "a b", "é"]
    assert found["spend"].to_list()[:2] == ["Lodging", "Travel"]
    assert found["account"].to_list()[:2] == ["6100", "6200"]
    assert all(0 < float(value) <= 1 for value in found["confidence"])
    assert "3 lines: 3 labelled, 0 abstained" in done.output


def test_abstains_below_the_asked_confidence(tmp_path: Path) -> None:
    done = score(tmp_path, "--below", "1", "--label", "SPEND")
    assert done.exit_code == 0, done.output
    assert written(tmp_path)["spend"].to_list() == [None, None, None]
    assert "3 abstained" in done.output


def test_a_file_to_label_may_have_the_labels_places(tmp_path: Path) -> None:
    lines = LINES.with_columns(spend=pl.lit(None, pl.String), account=pl.lit("9999"))
    done = score(tmp_path, lines=lines)
    assert done.exit_code == 0, done.output
    assert written(tmp_path)["account"].to_list()[:2] == ["6100", "6200"]


def test_columns_have_other_names_and_cases(tmp_path: Path) -> None:
    train = TRAIN.rename({"descriptor": "Payee", "amount": "amount_gbp"})
    lines = LINES.rename({"descriptor": "PAYEE", "row_id": "line no"})
    done = score(
        tmp_path, "--map", "descriptor=payee", "--map", "row_id=line no", "--label", "spend", train=train, lines=lines
    )
    assert done.exit_code == 0, done.output
    assert written(tmp_path)["spend"].to_list()[:2] == ["Lodging", "Travel"]


def test_a_column_of_names_is_no_label(tmp_path: Path) -> None:
    train = pl.concat([TRAIN] * 20).with_columns(order=pl.int_range(120).cast(pl.String))
    done = score(tmp_path, train=train)
    assert done.exit_code == 0, done.output
    assert "order" not in written(tmp_path).columns
    assert "not learned: order" in done.output


@pytest.mark.parametrize(
    ("train", "lines", "options", "told"),
    [
        (TRAIN.drop("descriptor"), LINES, [], "no column descriptor"),
        (TRAIN.drop("spend", "account"), LINES, [], "no label column"),
        (TRAIN.with_columns(spend=pl.lit(None, pl.String)), LINES, ["--label", "spend"], "spend has no value"),
        (TRAIN, pl.concat([LINES, LINES]), [], "row_id '007' stands in more than one row"),
        (TRAIN, LINES, ["--label", "colour"], "no column colour"),
        (TRAIN, LINES, ["--map", "payee=x"], "--map names payee"),
    ],
    ids=["no_descriptor", "no_label", "empty_label", "twice", "unknown_label", "unknown_map"],
)
def test_says_in_one_sentence_what_is_wrong(
    tmp_path: Path, train: pl.DataFrame, lines: pl.DataFrame, options: list[str], told: str
) -> None:
    done = score(tmp_path, *options, train=train, lines=lines)
    assert done.exit_code == 1
    assert told in " ".join(done.output.split())


def test_nothing_to_label_is_an_empty_result(tmp_path: Path) -> None:
    done = score(tmp_path, lines=LINES.clear())
    assert done.exit_code == 0, done.output
    assert written(tmp_path).height == 0
