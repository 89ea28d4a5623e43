"""OFX 1 and 2 and camt.053 of several versions: lines, balances, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.files import FileRefused
from ingestion.files.reading import read_file
from tests.ingestion.files.statements import OFX_1, OFX_2, camt


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_ofx_1_leaves_tags_open_and_a_bad_entry_is_named(encoding: str) -> None:
    found = read_file(OFX_1.encode(encoding), "bank")
    statement = found.statements[0]
    assert [(line.posted_date, line.amount, line.description) for line in statement.lines] == [
        (date(2026, 3, 2), Decimal("-45.10"), "Café Ross & Co"),
        (date(2026, 3, 5), Decimal("-200.00"), "CHECK"),
        (date(2026, 3, 5), Decimal("10.00"), "REFUND"),
        (date(2026, 3, 5), Decimal("10.00"), "REFUND"),
    ]
    assert statement.lines[1].check_number == "1044"
    assert statement.lines[1].bank_id is None
    assert (statement.account_number, statement.account_type) == ("000123456", "savings")
    assert (statement.opening, statement.closing, statement.closing_date) == (
        None,
        Decimal("774.90"),
        date(2026, 3, 31),
    )
    assert [(reject.line, reject.reason) for reject in found.rejects] == [(16, "'2026' is no day written as %Y%m%d")]


def test_ofx_2_is_xml_and_a_card() -> None:
    statement = read_file(OFX_2.encode(), "bank").statements[0]
    assert (statement.account_type, statement.account_number, statement.closing) == ("credit card", "5500", None)
    assert [(line.amount, line.description, line.party_name) for line in statement.lines] == [
        (Decimal("-9.99"), "Stream monthly", "Stream")
    ]


def test_reads_what_an_independent_reader_reads() -> None:
    ofxparse = pytest.importorskip("ofxparse")
    good = "\n".join(line for line in OFX_1.splitlines() if "FITID>BAD" not in line and "CHECKNUM" not in line)
    theirs = ofxparse.OfxParser.parse(BytesIO(good.encode("cp1252"))).account.statement
    ours = read_file(good.encode("cp1252"), "bank").statements[0]
    assert [(t.date.date(), t.amount) for t in theirs.transactions] == [(o.posted_date, o.amount) for o in ours.lines]
    assert theirs.balance == ours.closing


@pytest.mark.parametrize("version", ["02", "04", "08"])
def test_camt_of_any_version_with_batch_balances_and_pending(version: str) -> None:
    found = read_file(camt(version).encode(), "bank")
    statement = found.statements[0]
    assert [(line.amount, line.party_name, line.description, line.bank_id) for line in statement.lines] == [
        (Decimal("250.00"), "Kunde AG", "Kunde AG", "R1"),
        (Decimal("-60.00"), "Acme", "Acme INV 1", "R2#1"),
        (Decimal("-40.00"), "Bolt", "Bolt INV 2", "R2#2"),
    ]
    assert statement.lines[0].reference == "RF18"
    assert statement.lines[1].reference is None
    assert statement.lines[0].value_date == date(2026, 3, 5)
    assert (statement.opening, statement.closing) == (Decimal("1000.00"), Decimal("1150.00"))
    assert found.pending == 1
    assert [reject.reason for reject in found.rejects] == ["the currency is USD, of the account EUR"]
    text = camt(version)
    assert found.rejects[0].line == text[: text.index("R4")].count("\n") + 1


def test_a_batch_whose_details_do_not_add_up_stays_one_line() -> None:
    found = read_file(camt().replace(">60.00<", ">61.00<").encode(), "bank")
    assert [line.amount for line in found.statements[0].lines] == [Decimal("250.00"), Decimal("-100.00")]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "declares what no statement needs"),
        (b"<?xml version='1.0'?><a><b></a>", "line 1: the XML is broken"),
        (b"<?xml version='1.0' encoding='gb2312'?><Document/>", "its encoding cannot be read .*; save it as UTF-8"),
        (b"<?xml version='1.0' encoding='klingon'?><Document/>", "its encoding cannot be read .*; save it as UTF-8"),
        (b"<?xml version='1.0'?><Document/>", "no camt.053 statement"),
        (b"OFXHEADER:100\n<OFX></OFX>", "no bank or card statement"),
    ],
    ids=["an_entity", "broken", "many_bytes_a_letter", "no_encoding", "another_message", "empty_ofx"],
)
def test_what_is_no_statement_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        read_file(data, "bank")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.sampled_from([OFX_1, OFX_2, camt()]), st.data())
def test_a_spoilt_statement_is_read_in_part_or_refused(text: str, data: st.DataObject) -> None:
    at, length = data.draw(st.integers(0, len(text))), data.draw(st.integers(0, 80))
    spoilt = (text[:at] + data.draw(st.text(max_size=20)) + text[at + length :]).encode("utf-8", "replace")
    try:
        read_file(spoilt, "bank")
    except FileRefused as error:
        assert str(error)
