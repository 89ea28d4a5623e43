"""`rowcol score missing-bills` from the shell: whose ledger, which month, and files as people have them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from orchestration.cli.score import app

WANTED = {("s04", "2025-07")}


def rows(entity: str, skip: tuple[str, int] = ("s04", 30)) -> list[tuple[str, str, str, str, str, str]]:
    out = []
    for name in range(30):
        for month in range(36):
            if (f"s{name:02d}", month) != skip:
                day = f"{2023 + month // 12}-{month % 12 + 1:02d}-{3 + name % 20:02d}"
                out.append((entity, day, f"s{name:02d}", f"{name}-{month}", "1,200.00", "Rent"))
    return out


def frame(*parts: list[tuple[str, str, str, str, str, str]], entity: str = "Council") -> pl.DataFrame:
    columns = [entity, "Date", "Supplier", "document", "AMOUNT", "category"]
    return pl.DataFrame([row for part in parts for row in part], schema=columns, orient="row")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["missing-bills", *map(str, arguments)])


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "parquet"])
def test_each_ledger_is_judged_for_itself_and_named_as_the_file_names_it(tmp_path: Path, ending: str) -> None:
    given, out = tmp_path / f"given.{ending}", tmp_path / "out.csv"
    both = frame(rows("ÖB 07"), rows("b", ("s07", 33)))
    if ending == "parquet":
        both.write_parquet(given)
    elif ending == "csv":
        both.write_csv(given)
    else:
        import gzip

        given.write_bytes(gzip.compress(both.write_csv().encode()))
    assert run(given, out).exit_code == 0
    found = pl.read_csv(out, infer_schema=False)
    assert found.columns == ["Council", "supplier", "month", "score"]
    assert found.select("Council", "supplier", "month").rows() == [("b", "s07", "2025-10"), ("ÖB 07", "s04", "2025-07")]
    assert found["score"].cast(pl.Float64).is_between(0.9, 1).all()


def test_rows_of_another_ledger_change_no_alert(tmp_path: Path) -> None:
    alone, joint = tmp_path / "alone.csv", tmp_path / "joint.csv"
    frame(rows("a")).write_csv(alone)
    frame(rows("b", ("s01", 29)), rows("a")).write_csv(joint)
    for path in (alone, joint):
        assert run(path, path.with_suffix(".out.csv")).exit_code == 0
    first, second = (pl.read_csv(path.with_suffix(".out.csv")) for path in (alone, joint))
    assert second.filter(pl.col("Council") == "a").equals(first)


def test_a_ledger_without_an_entity_or_with_another_name_for_it(tmp_path: Path) -> None:
    given, out = tmp_path / "given.csv", tmp_path / "out.csv"
    frame(rows("x"), entity="Firma").write_csv(given)
    assert run(given, out).exit_code == 0
    assert pl.read_csv(out).columns == ["supplier", "month", "score"]
    assert run(given, out, "--map", "entity=firma").exit_code == 0
    assert pl.read_csv(out).columns == ["Firma", "supplier", "month", "score"]


def test_british_days_and_bare_columns_are_enough(tmp_path: Path) -> None:
    given, out = tmp_path / "given.csv", tmp_path / "out.csv"
    bare = frame(rows("x")).select(pl.col("Date").str.to_date().dt.strftime("%d/%m/%Y"), "Supplier")
    bare.write_csv(given)
    assert run(given, out).exit_code == 0
    assert set(pl.read_csv(out).select("supplier", "month").iter_rows()) == WANTED


def test_an_empty_ledger_gives_an_empty_table_and_rows_without_a_day_are_told(tmp_path: Path) -> None:
    given, out = tmp_path / "given.csv", tmp_path / "out.csv"
    given.write_text("council,date,supplier,document,amount,category\n")
    assert run(given, out).exit_code == 0
    assert pl.read_csv(out).columns == ["council", "supplier", "month", "score"]
    given.write_text("council,date,supplier,document,amount,category\nc,,a,1,1,\nc,2025-01-01,b,,,\n")
    done = run(given, out)
    assert done.exit_code == 0
    assert "1 rows have no date or no supplier" in done.output


def test_a_ledger_without_suppliers_is_refused_by_name(tmp_path: Path) -> None:
    given = tmp_path / "given.csv"
    given.write_text("date,payee\n2025-01-01,a\n")
    done = run(given, tmp_path / "out.csv")
    assert done.exit_code == 1
    assert "--map supplier=THEIRS" in done.output
