"""Remembered descriptors answer first, wider keys next, words last; probabilities mean what they say."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.categories import categorize
from dbt_project.methods.categories.backoff import Trust, blended, shares
from dbt_project.methods.categories.memory import remember
from tests.beside import DATA, needs

CARDS = DATA / "uk_card_calderdale" / "transactions.csv.gz"


def told(train: list[tuple[str, str]], *descriptors: str | None) -> list[str]:
    frame = pl.DataFrame(train, schema=["descriptor", "kind"], orient="row")
    lines = pl.DataFrame({"descriptor": descriptors}, schema={"descriptor": pl.String})
    return categorize(frame, lines, ["kind"])["kind"].to_list()


def test_the_newest_way_of_labelling_wins() -> None:
    older, newer = [("ARCO LTD", "Clothing")] * 30, [("ARCO LTD", "Supplies")] * 30
    assert told([*older, *newer, ("X", "Clothing")], "ARCO LTD") == ["Supplies"]
    assert told([*newer, *older, ("X", "Clothing")], "ARCO LTD") == ["Clothing"]


def test_a_known_merchant_under_another_code_keeps_its_label() -> None:
    train = [("AMZN Mktp UK*M1A2", "Books"), ("FACEBK *X9Y8Z7", "Advertising"), ("GREGGS 12", "Food")] * 3
    assert told(train, "AMZN Mktp UK*ZZ77", "FACEBK *AB12CD", "GREGGS 900") == ["Books", "Advertising", "Food"]


def test_words_of_one_kind_of_business_speak_for_another_merchant() -> None:
    train = [("SEAVIEW HOTEL", "Stay"), ("PREMIER LODGE", "Stay"), ("ACE TAXIS", "Ride"), ("A1 CABS", "Ride")] * 2
    assert told(train, "MOUNTAIN GUEST HOUSE", "CITY MINICAB") == ["Stay", "Ride"]


def test_one_label_and_no_text_are_answered_too() -> None:
    assert told([("A", "Only")], "B", "", None) == ["Only"] * 3


def test_same_lines_same_answer() -> None:
    train = [(f"SHOP {name}", kind) for name, kind in zip("ABCDEFGHIJKL", "xyzxyzxyzxyz", strict=True)] * 30
    frame = pl.DataFrame(train, schema=["descriptor", "kind"], orient="row")
    asked = pl.DataFrame({"descriptor": ["SHOP Q", "SHOP A", "OTHER"]})
    assert categorize(frame, asked, ["kind"]).equals(categorize(frame, asked, ["kind"]))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.floats(0, 50), min_size=3, max_size=3), min_size=1, max_size=8), st.floats(0.01, 20))
def test_blended_shares_are_probabilities(rows: list[list[float]], worth: float) -> None:
    counts = np.array(rows)
    trust = Trust((worth, worth, worth))
    answer = blended([counts, counts, counts], shares(counts, np.zeros(3), trust), trust)
    assert np.allclose(answer.sum(axis=1), 1)
    assert (answer >= 0).all()


def test_memory_halves_with_every_half_life_of_newer_sightings() -> None:
    lines = pl.DataFrame({"descriptor": ["a", "a", "b", "a"], "label_at": [0, 1, 1, 1]})
    memory = remember(lines, "descriptor", 2, half_life=1)
    assert memory.of(pl.DataFrame({"descriptor": ["a", "b", "new"]})).tolist() == [[0.25, 1.5], [0, 1], [0, 0]]


@needs(CARDS)
def test_meets_the_bar_on_later_card_lines() -> None:
    lines = pl.read_csv(CARDS, infer_schema=False).sort("date", "txn_number", maintain_order=True)
    first = int(lines.height * 0.75)
    train, later = lines[:first], lines[first:]
    found = categorize(train, later, ["merchant_group"])
    hit = found["merchant_group"] == later["merchant_group"]
    unseen = ~later["descriptor"].is_in(train["descriptor"].implode())
    assert hit.mean() >= 0.89
    assert hit.filter(unseen).mean() >= 0.70
