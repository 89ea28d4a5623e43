"""The words that identify a party, out of what banks, processors and clerks write."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dbt_project.methods.names.clean import clean_texts


def clean(text: str, *, descriptors: bool = True) -> str:
    return str(clean_texts(pl.Series([text]), descriptors=descriptors)["clean"][0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SQ *BLUE BOTTLE #044 OAKLAND CA", "BLUE BOTTLE"),
        ("TST* The Corner Café", "CORNER CAFE"),
        ("PAYPAL *DROPBOX", "DROPBOX"),
        ("TPC*QUARRY BOOKS", "QUARRY BOOKS"),
        ("CHECKCARD 0412 ACME TOOLS 800-555-0199", "ACME TOOLS"),
        ("ACH DEBIT NORTHWIND TRADE DES:PAYMENT ID:4411 INDN:LARKSPUR CCD", "NORTHWIND TRADE"),
        ("BILL.COM BILLPAY DES:PAYMENT INDN:DOGWOOD HILL SOFTWARE CO ID:123", "DOGWOOD HILL SOFTWARE"),
        ("BOISECASCADE*IN#002667", "BOISECASCADE"),
        ("HOME DEPOT #4280", "HOME DEPOT"),
        ("PLATT ELECTRIC      0016", "PLATT ELECTRIC"),
        ("SUPPORT PROVIDERS00 OF 00", "SUPPORT PROVIDERS"),
        ("WIRE TRANSFER TO Acme GmbH 2026-01-05", "ACME"),
        ("WWW.ACME-TOOLS.COM", "ACME TOOLS"),
        ("Procter & Gamble Co.", "PROCTER AND GAMBLE"),
        ("J.P. Morgan & Co.", "JP MORGAN"),
        ("U S G S", "USGS"),
        ("Bowne Global Solutions, S.A.R.L.", "BOWNE GLOBAL SOLUTIONS"),
        ('ООО "БАЙКАЛ"', "BAIKAL"),
        ("Societatea cu Răspundere Limitată PRO TRAFFIC", "PRO TRAFFIC"),
        ("The National Trust", "NATIONAL TRUST"),
        ("Orchard Co", "ORCHARD"),
        ("Ltd", "LTD"),
        ("#4411", "4411"),
        ("", ""),
    ],
)
def test_keeps_the_words_that_identify(text: str, expected: str) -> None:
    assert clean(text) == expected


@pytest.mark.parametrize("text", ["Pier 39", "Studio 54", "Route 66"])
def test_a_party_of_the_books_keeps_its_numbers(text: str) -> None:
    assert clean(text, descriptors=False) == text.upper()


def test_sets_legal_form_and_numbers_apart() -> None:
    row = clean_texts(pl.Series(["Acme Holdings, Inc. #0044 800-555-0199"])).row(0, named=True)
    assert (row["clean"], row["numbers"]) == ("ACME HOLDINGS", "44")
    assert clean_texts(pl.Series(["Stripe Limited Liability Company"]))["legal"][0] == "LLC"


def test_cleans_each_text_once_and_skips_nulls() -> None:
    assert clean_texts(pl.Series(["ACME", None, "ACME", "BETA"]))["text"].to_list() == ["ACME", "BETA"]


NAMES = st.text(alphabet=st.sampled_from("ABCZ abc019*#&./-'ÉЖ\t"), max_size=24) | st.text(max_size=20)


@settings(max_examples=40, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=8), st.booleans())
def test_cleaning_what_is_clean_changes_nothing(texts: list[str], descriptors: bool) -> None:
    once = clean_texts(pl.Series(texts), descriptors=descriptors)["clean"]
    twice = clean_texts(once, descriptors=descriptors)
    assert twice.filter(pl.col("text") != pl.col("clean")).rows() == []
