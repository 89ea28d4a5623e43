"""`rowcol score reconcile` from the shell: files in, files out, one clear line for a wrong one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from orchestration.cli.main import app

BILLS = (
    "bill_id,month,supplier,amount\n"
    '007,2026-06,Acme Ltd,"1,000.50"\n8,2026-06,Acme Ltd,99.50\n9,2026-07,Borden & Sons,70\n'
)
LINES = (
    "bank_line_id,date,description,amount\nL01,2026-06-20,ACME LTD,-1100.00\nL02,2026-07-03,BORDEN AND SONS,-70.00\n"
)


def run(folder: Path, bills: str, lines: str, *options: str, out: str = "out.csv") -> tuple[int, str]:
    (folder / "bills.csv").write_text(bills, encoding="utf-8")
    (folder / "lines.csv").write_text(lines, encoding="utf-8")
    names = [str(folder / name) for name in ("bills.csv", "lines.csv", out)]
    done = CliRunner().invoke(app, ["score", "reconcile", *names, *options])
    return done.exit_code, " ".join(done.output.split())


def test_ids_come_back_as_given_with_a_score_and_a_method(tmp_path: Path) -> None:
    code, told = run(tmp_path, BILLS, LINES)
    assert code == 0, told
    found = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    assert found.columns == ["bill_id", "bank_line_id", "score", "method"]
    assert found.select("bill_id", "bank_line_id").rows() == [("007", "L01"), ("8", "L01"), ("9", "L02")]
    assert found["method"].str.starts_with("auto").all()
    assert "3 pairs, 3 to apply" in told


def test_dates_in_place_of_months_other_names_and_parquet(tmp_path: Path) -> None:
    bills = BILLS.replace("month", "Issued_Date").replace("2026-06,", "01/06/2026,").replace("2026-07,", "01/07/2026,")
    lines = LINES.replace("amount", "value")
    code, told = run(tmp_path, bills, lines, "--map", "lines.amount=Value", out="out.parquet")
    assert code == 0, told
    assert pl.read_parquet(tmp_path / "out.parquet").height == 3


@pytest.mark.parametrize("month", ["2026/06", "06/2026", "Jun 2026", "June 2026", "202606", "2026-06-30"])
def test_months_as_people_write_them(tmp_path: Path, month: str) -> None:
    code, told = run(tmp_path, f"bill_id,month,supplier,amount\n1,{month},Acme Ltd,1100\n", LINES)
    assert code == 0, told
    assert pl.read_csv(tmp_path / "out.csv").height == 1


def test_empty_files_and_rows_without_a_day_or_name(tmp_path: Path) -> None:
    code, told = run(tmp_path, BILLS.splitlines()[0] + "\n", LINES)
    assert code == 0, told
    assert "0 pairs" in told
    code, told = run(tmp_path, BILLS + "10,,Acme Ltd,5\n11,2026-06,,6\n", LINES + "L03,,,5\n")
    assert code == 0, told
    assert "3 pairs" in told


@pytest.mark.parametrize(
    ("bills", "options", "told"),
    [
        (BILLS.replace("month", "period"), [], "a bill needs a month, issued_date, due_date or date"),
        (BILLS.replace("2026-07", "soon"), [], "line 4: month is 'soon', which is no month"),
        (BILLS.replace("8,", "007,", 1), [], "'007' stands in more than one row"),
        (BILLS.replace("70", "seventy"), [], "line 4: amount is 'seventy', which is no amount"),
        (BILLS, ["--map", "payee=supplier"], "--map names payee"),
        (BILLS, ["--map", "books.amount=x"], "--map names books.amount"),
    ],
    ids=["no day", "no month", "key twice", "no amount", "unknown name", "unknown file"],
)
def test_a_wrong_file_gets_one_clear_line(tmp_path: Path, bills: str, options: list[str], told: str) -> None:
    code, output = run(tmp_path, bills, LINES, *options)
    assert code == 1
    assert told in output
