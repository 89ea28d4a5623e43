"""Names of a client's records against the parties it knows."""

from __future__ import annotations

import polars as pl
import pytest

from dbt_project.methods.names.parties import clean_names, party_scores

PARTIES = {
    "c1": ["DOGWOOD HILL SOFTWARE", "AMBER PARK MATERIALS", "AMBER PARK MATTRESS", "QUILLON COFFEE"],
    "c2": ["DOGWOOD HILL SOFTWARE"],
}


def frame(of: dict[str, list[str]]) -> pl.DataFrame:
    rows = [(group, name) for group, names in of.items() for name in names]
    return pl.DataFrame(rows, schema={"group": pl.String, "name": pl.String}, orient="row")


def scores(of: dict[str, list[str]], parties: dict[str, list[str]] = PARTIES) -> dict[tuple[str, str, str], float]:
    found = party_scores(frame(of), frame(parties))
    return {row[:3]: row[3] for row in found.select("group", "name", "party_name", "score").iter_rows()}


def test_names_of_two_groups_never_meet() -> None:
    found = scores({"c2": ["QUILLON COFFEE", "DOGWOOD HILL SOF"]})
    assert set(found) == {("c2", "DOGWOOD HILL SOF", "DOGWOOD HILL SOFTWARE")}


@pytest.mark.parametrize("cut", ["DOGWOOD HILL SOF", "DOGWOOD HILL S", "DOGWOOD HILL"])
def test_a_name_cut_short_is_likely_wherever_it_is_cut(cut: str) -> None:
    assert scores({"c1": [cut]})["c1", cut, "DOGWOOD HILL SOFTWARE"] > 0.85


def test_a_score_depends_on_its_two_names_alone() -> None:
    alone = scores({"c2": ["DOGWOOD HILL SOF"]})["c2", "DOGWOOD HILL SOF", "DOGWOOD HILL SOFTWARE"]
    among = scores({"c1": ["DOGWOOD HILL SOF", "DOGWOOD", "HILL", "QUILLON"], "c2": ["DOGWOOD"]})
    assert among["c1", "DOGWOOD HILL SOF", "DOGWOOD HILL SOFTWARE"] == alone


def test_the_front_of_two_names_fits_both_alike() -> None:
    found = party_scores(frame({"c1": ["AMBER PARK MAT"]}), frame(PARTIES)).filter(pl.col("score") > 0.5)
    assert found["party_name"].to_list() == ["AMBER PARK MATERIALS", "AMBER PARK MATTRESS"]
    assert found["fit"].n_unique() == 1


def test_nothing_known_nothing_found() -> None:
    nothing = frame({})
    assert party_scores(nothing, nothing).is_empty()
    assert party_scores(frame(PARTIES), nothing).columns == ["group", "name", "party_name", "score", "fit", "evidence"]


def test_a_kept_name_and_a_descriptor_are_read_apart() -> None:
    texts = pl.DataFrame({"text": ["Pier 39", "Pier 39", "Pier 39"], "is_descriptor": [True, False, False]})
    found = clean_names(texts)
    assert found.select("is_descriptor", "clean_name").rows() == [(False, "PIER 39"), (True, "PIER")]
