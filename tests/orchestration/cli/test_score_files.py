"""Files into `rowcol score`: columns by name in any case, cells parsed exactly, errors that name line and remedy."""

from __future__ import annotations

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from execution.errors import Invalid
from orchestration.cli.score.files import read_table, to_date, to_minor, unique, whole, write_table


def csv(folder: Path, text: str, name: str = "given.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_are_found_in_any_case_and_others_are_left(tmp_path: Path) -> None:
    path = csv(tmp_path, "\ufeffBill_ID,Noise,SUPPLIER\n007,x, Acme \n8,y,\n")
    frame = read_table(path, ["bill_id", "supplier"], ["month"])
    assert frame.rows() == [("007", "Acme"), ("8", None)]


def test_a_column_under_another_name_is_mapped(tmp_path: Path) -> None:
    path = csv(tmp_path, "ref,Vendor Name\n1,Acme\n")
    frame = read_table(path, ["bill_id", "supplier"], mapping=["bill_id=ref", "supplier=vendor name"])
    assert frame.rows(named=True) == [{"bill_id": "1", "supplier": "Acme"}]


@pytest.mark.parametrize(
    ("text", "mapping", "told"),
    [
        ("a,b\n1,2\n", [], r"no column bill_id; it has a, b.*--map bill_id=THEIRS"),
        ("bill_id,Bill_Id\n1,2\n", [], "column bill_id is there 2 times"),
        ("bill_id\n1\n", ["bill_id:ref"], "write ours=theirs"),
        ("bill_id\n1\n", ["payee=ref"], "names payee; the columns here are bill_id"),
        ("bill_id\n1,2,3\n", [], "cannot be read as a table"),
        ("", [], "cannot be read as a table"),
    ],
    ids=["missing", "twice", "no equals sign", "unknown name", "ragged row", "empty file"],
)
def test_a_wrong_file_gets_one_clear_line(tmp_path: Path, text: str, mapping: list[str], told: str) -> None:
    with pytest.raises(Invalid, match=told):
        read_table(csv(tmp_path, text), ["bill_id"], mapping=mapping)


def test_a_file_that_is_not_there_or_of_no_known_kind(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no such file"):
        read_table(tmp_path / "none.csv", ["a"])
    with pytest.raises(Invalid, match="read from .csv"):
        read_table(csv(tmp_path, "a\n1\n", "given.xlsx"), ["a"])


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.parquet"])
def test_what_is_written_is_read_again(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"pair_id": ["001", 'é,"x"'], "score": [0.5, 1.0]})
    write_table(frame, tmp_path / name)
    again = read_table(tmp_path / name, ["pair_id", "score"])
    assert again["pair_id"].to_list() == frame["pair_id"].to_list()
    assert again["score"].cast(pl.Float64).to_list() == [0.5, 1.0]


def test_results_need_a_folder_and_a_known_ending(tmp_path: Path) -> None:
    frame = pl.DataFrame({"a": [1]})
    with pytest.raises(Invalid, match="there is no folder"):
        write_table(frame, tmp_path / "nowhere" / "out.csv")
    with pytest.raises(Invalid, match="written as .csv"):
        write_table(frame, tmp_path / "out.txt")


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.5", 1250),
        ("-0.01", -1),
        ("1,234.50", 123450),
        ("(12.00)", -1200),
        ("12.00-", -1200),
        ("£3", 300),
        ("$-4.10", -410),
    ],
)
def test_amounts_as_people_write_them(tmp_path: Path, text: str, minor: int) -> None:
    frame = to_minor(pl.DataFrame({"amount": [text]}), tmp_path, "amount")
    assert frame["amount_minor"].to_list() == [minor]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cents=st.integers(min_value=-(10**13), max_value=10**13))
def test_no_cent_is_lost(tmp_path: Path, cents: int) -> None:
    text = str(Decimal(cents).scaleb(-2))
    assert to_minor(pl.DataFrame({"amount": [text]}), tmp_path, "amount")["amount_minor"][0] == cents


def test_a_cell_that_is_no_amount_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"given.csv line 3: amount is 'ten', which is no amount"):
        to_minor(pl.DataFrame({"amount": ["1", "ten"]}), tmp_path / "given.csv", "amount")


@pytest.mark.parametrize(
    "text", ["2012-03-04", "2012-03-04T10:00:00", "2012-03-04 10:00:00", "2012/03/04", "04/03/2012", "20120304"]
)
def test_days_as_people_write_them(tmp_path: Path, text: str) -> None:
    frame = to_date(
        pl.DataFrame({"date": [text, None, "2012-03-04" if "T" not in text else text][:2]}), tmp_path, "date"
    )
    assert frame["date"].to_list() == [date(2012, 3, 4), None]


def test_the_day_first_reading_wins_only_when_every_cell_allows_it(tmp_path: Path) -> None:
    frame = to_date(pl.DataFrame({"date": ["03/04/2012", "12/25/2012"]}), tmp_path, "date")
    assert frame["date"].to_list() == [date(2012, 3, 4), date(2012, 12, 25)]


def test_a_cell_that_is_no_day_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"line 3: date is 'soon', which is no day"):
        to_date(pl.DataFrame({"date": ["2012-03-04", "soon"]}), tmp_path, "date")


def test_keys_are_whole_and_unique(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": ["a", None, "a"]})
    with pytest.raises(Invalid, match="line 3: id is empty"):
        whole(frame, tmp_path, "id")
    with pytest.raises(Invalid, match="id 'a' stands in more than one row"):
        unique(pl.DataFrame({"id": ["a", "a"]}), tmp_path, "id")


def test_a_broken_archive_is_told_and_not_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n" * 1000)[:-20])
    with pytest.raises(Invalid, match="cannot be read"):
        read_table(path, ["a"])
