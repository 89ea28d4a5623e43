"""Codes, carriers and spellings fall away from a descriptor; what names the merchant stays."""

from __future__ import annotations

import polars as pl
import pytest

from dbt_project.methods.categories.keys import keyed


def key(text: str, column: str) -> str:
    return str(keyed(pl.Series([text]))[column][0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TESCO STORES 6737", "TESCO-STORES 2622"),
        ("AMZN Mktp UK*M82SB5BM4", "Amazon UK Marketplace"),
        ("PREMIER INN44529310", "PREMIER INN 44014350"),
        ("SQ *CORNER CAFE", "CORNER CAFE LTD"),
        ("MCDONALD'S", "MCDONALDS"),
    ],
)
def test_spellings_of_a_merchant_meet_in_letters(one: str, other: str) -> None:
    assert key(one, "letters") == key(other, "letters")


def test_case_stays_in_named_and_codes_go() -> None:
    assert key("Amazon.co.uk*MI1KU1FD4", "named") == key("Amazon.co.uk*MB2ZK8R04", "named")
    assert key("Amazon.co.uk*MI1KU1FD4", "named") != key("AMAZON.CO.UK*MI1KU1FD4", "named")


def test_a_name_of_figures_is_kept() -> None:
    assert key("1610", "letters") == "1610"
    assert key("1610", "letters") != key("420", "letters")


def test_one_row_per_distinct_text_and_null_is_empty() -> None:
    found = keyed(pl.Series(["A", None, "A", ""]))
    assert found["descriptor"].to_list() == ["A", ""]
    assert found.null_count().sum_horizontal()[0] == 0
