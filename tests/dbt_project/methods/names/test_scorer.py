"""Two names, one probability: its laws, its evidence, and the bars on public pairs."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.names.scorer import SAME_TEXT, score_pairs
from tests.beside import DATA, needs


def score(left: str, right: str) -> float:
    return float(score_pairs(pl.Series([left]), pl.Series([right]))["score"][0])


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("HOME DEPOT #271", "THE HOME DEPOT 4104"),
        ("Northwind Traders LLC", "NORTHWIND TRADE"),
        ("BOISECASCADE*IN#002667", "Boise Cascade"),
        ("AMZN MKTP US", "Amazon"),
        ("SQ *QUILLON COFFEE", "Quillon Coffee, Inc."),
        ("VODAFONE LTD", "VODAFONE LIMITED"),
        ("Hewlett-Packard Co.", "Hewlett Packard Co."),
    ],
)
def test_one_party_under_two_names_is_likely(left: str, right: str) -> None:
    assert score(left, right) > 0.8


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("HOME DEPOT #271", "WALMART #271"),
        ("Meridian Healthcare Ltd", "AYP Healthcare Ltd"),
        ("Government of Estonia", "Government of Ethiopia"),
        ("RITZ CAMERA #12", "LESSONS IN LEADERSHIP"),
        ("###", "ACME"),
    ],
)
def test_two_parties_are_unlikely(left: str, right: str) -> None:
    assert score(left, right) < 0.4


NAME = st.text(alphabet=st.sampled_from("ABCDE abcd 019*#&.,'ÉЖ"), min_size=1, max_size=20)


@settings(max_examples=30, deadline=None)
@given(NAME, NAME)
def test_the_order_of_names_does_not_matter_and_none_beats_itself(left: str, right: str) -> None:
    there, back, self_score = score(left, right), score(right, left), score(left, left)
    assert there == back
    assert self_score == SAME_TEXT >= there
    assert 0 < there < 1


def test_names_its_evidence() -> None:
    found = score_pairs(pl.Series(["Quillon Coffee"]), pl.Series(["Meridian Tyres"]), evidence=True)
    assert any(words in found["evidence"][0] for words in ("differ", "only common words", "of its own"))


def test_no_pairs_no_scores() -> None:
    nothing = pl.Series([], dtype=pl.String)
    assert score_pairs(nothing, nothing, evidence=True).rows() == []


def test_a_repeated_pair_scores_the_same_each_time() -> None:
    left = pl.Series(["ACME TOOLS", "BETA", "Acme Tools Inc", "ACME TOOLS"])
    right = pl.Series(["Acme Tools Inc", "BETA LLC", "ACME TOOLS", "Acme Tools Inc"])
    scores = score_pairs(left, right)["score"].to_list()
    assert scores[0] == scores[2] == scores[3]


def test_held_out_figures_in_the_weights_meet_the_bars() -> None:
    import json
    from pathlib import Path

    import dbt_project.methods.names as names

    figures = json.loads((Path(names.__file__).parent / "weights.json").read_text())["held_out"]
    least = {"pcard_us_2010": 0.96, "supplier_name_variants_uk": 0.85, "opensanctions_name_bench": 0.88}
    for name, bar in least.items():
        assert figures[name]["average precision"] >= bar
    cards = figures["pcard_us_2010"]
    assert cards["auto F1"] >= 0.90
    assert cards["auto precision"] >= 0.97
    for name in ("pcard_us_2010", "supplier_name_variants_uk"):
        assert figures[name]["calibration error"] <= 0.03


@needs(DATA / "pcard_us_2010")
def test_scores_of_whole_files_are_probabilities() -> None:
    frame = pl.read_csv(DATA / "pcard_us_2010" / "pairs_dev.csv", infer_schema=False)
    scores = score_pairs(frame["left"], frame["right"])["score"].to_numpy()
    same = frame["same_merchant"].cast(pl.Int64).to_numpy()
    assert abs(float(np.mean(scores)) - float(np.mean(same))) < 0.05
