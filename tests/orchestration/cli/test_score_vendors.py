"""`rowcol score vendor-pairs` and `vendor-links`: scores out of files."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from typer.testing import CliRunner, Result

from orchestration.cli.main import app


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["score", *map(str, arguments)])


def test_scores_each_pair_in_order_with_ids_as_given(tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.csv.gz", tmp_path / "out.csv"
    frame = pl.DataFrame(
        {
            "PAIR_ID": ["007", "b"],
            "Left": ["HOME DEPOT #271", "Acme"],
            "payee": ["THE HOME DEPOT 4104", "Zephyr"],
            "note": ["x", "y"],
        }
    )
    import gzip

    pairs.write_bytes(gzip.compress(frame.write_csv().encode()))
    done = run("vendor-pairs", pairs, out, "--map", "right=payee")
    assert done.exit_code == 0, done.output
    found = pl.read_csv(out, schema_overrides={"pair_id": pl.String})
    assert found.columns == ["pair_id", "score"]
    assert found["pair_id"].to_list() == ["007", "b"]
    assert found["score"][0] > 0.5 > found["score"][1]


def test_tells_the_evidence_when_asked(tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.parquet", tmp_path / "out.parquet"
    pl.DataFrame({"pair_id": [1], "left": ["Acme Tools"], "right": ["Zephyr Roofing"]}).write_parquet(pairs)
    assert run("vendor-pairs", pairs, out, "--evidence").exit_code == 0
    assert pl.read_parquet(out)["evidence"][0]


def test_a_pair_without_a_name_is_no_vendor(tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text("pair_id,left,right\n1,Acme,Acme\n2,,Beta\n3,,\n")
    assert run("vendor-pairs", pairs, out).exit_code == 0
    assert pl.read_csv(out)["score"].to_list() == [0.998, 0.002, 0.002]


def test_a_pair_id_twice_is_named(tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("pair_id,left,right\n1,Acme,Acme\n1,Acme,Beta\n")
    done = run("vendor-pairs", pairs, tmp_path / "out.csv")
    assert done.exit_code != 0
    assert "pair_id" in done.output


def test_an_empty_file_gives_an_empty_file(tmp_path: Path) -> None:
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text("pair_id,left,right\n")
    assert run("vendor-pairs", pairs, out).exit_code == 0
    assert out.read_text().strip() == "pair_id,score"


def test_links_two_files_and_leaves_strangers_out(tmp_path: Path) -> None:
    left, right, out = tmp_path / "left.csv", tmp_path / "right.csv", tmp_path / "out.csv"
    left.write_text("id,name\n01,HOME DEPOT #4280\n02,ZEPHYR ROOFING\n")
    right.write_text("id,name,spend\nA,The Home Depot,10\nB,Quillon Coffee,5\n")
    done = run("vendor-links", left, right, out)
    assert done.exit_code == 0, done.output
    found = pl.read_csv(out, infer_schema=False)
    assert found.select("left_id", "right_id").rows() == [("01", "A")]
    assert "1 left alone" in done.output
