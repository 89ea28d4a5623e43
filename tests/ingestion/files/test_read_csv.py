"""Bank and bill CSV: mappings, signs, decimal commas, encodings; a bad row is named and the rest loads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from ingestion.files import FileRefused, Mapping
from ingestion.files.reading import read_file
from ingestion.files.values import Unreadable, parse_amount, parse_day

GERMAN = Mapping.from_dict(
    {
        "date": "Buchungstag",
        "date_format": "%d.%m.%Y",
        "amount": "Betrag",
        "description": ["Name", "Verwendungszweck"],
        "balance": "Saldo",
        "decimal": ",",
        "currency": "Währung",
    },
    "test",
)
KONTO = """Kontoauszug;Musterfirma GmbH
Zeitraum;01.03.2026 - 31.03.2026

Buchungstag;Name;Verwendungszweck;Betrag;Währung;Saldo
31.03.2026;Stadtwerke;Strom März;-1.234,50;EUR;8.765,50
30.02.2026;Unmöglich;Tag;-1,00;EUR;10.000,00
03.03.2026;Müller & Söhne;"Rechnung 17; Teil 2";500,00;EUR;10.000,00
02.03.2026;Bäckerei;Kuchen;zwölf;EUR;9.500,00
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_german_statement_is_read_in_any_of_its_encodings(encoding: str) -> None:
    found = read_file(KONTO.encode(encoding), "bank", GERMAN)
    statement = found.statements[0]
    assert [(line.posted_date, line.amount, line.description) for line in statement.lines] == [
        (date(2026, 3, 31), Decimal("-1234.50"), "Stadtwerke Strom März"),
        (date(2026, 3, 3), Decimal("500.00"), "Müller & Söhne Rechnung 17; Teil 2"),
    ]
    assert statement.currency_code == "EUR"
    assert (statement.opening, statement.closing) == (Decimal("9500.00"), Decimal("8765.50"))
    assert [(reject.line, reject.reason) for reject in found.rejects] == [
        (6, "'30.02.2026' is no day written as %d.%m.%Y"),
        (8, "'zwölf' is no amount with ',' as decimal mark"),
    ]


def test_debit_and_credit_columns_and_a_row_of_too_many_cells() -> None:
    text = "Date,Description,Out,In\n2026-01-05,Rent,1200.00,\n2026-01-06,Sale,,99.90\n2026-01-07,Both,1.00,2.00\n"
    text += '2026-01-08,Comma, here,,5.00\n2026-01-09,"two\nlines",,1.00\n2026-01-10,,,\n'
    found = read_file(
        text.encode(), "bank", Mapping(date="Date", description=("Description",), debit="Out", credit="In")
    )
    assert [line.amount for line in found.statements[0].lines] == [
        Decimal("-1200.00"),
        Decimal("99.90"),
        Decimal("1.00"),
    ]
    assert [reject.line for reject in found.rejects] == [4, 5, 8]
    assert "5 cells under 4 columns" in found.rejects[1].reason


def test_a_quote_left_open_hides_no_line() -> None:
    text = 'date,amount,description\n2026-01-05,1.00,5" pipe\n2026-01-06,2.00,"Acme\n2026-01-07,3.00,Bolt\n'
    found = read_file(text.encode(), "bank")
    assert [line.description for line in found.statements[0].lines] == ['5" pipe']
    assert [(reject.line, reject.reason) for reject in found.rejects] == [
        (3, "a quote that opens in this row is never closed")
    ]
    assert "Bolt" in found.rejects[0].text


def test_plain_names_need_no_mapping_and_a_card_counts_the_other_way_round() -> None:
    text = b"\nDate;Amount;Description\n2026-01-05;10.00;Coffee\n"
    assert read_file(text, "bank").statements[0].lines[0].amount == Decimal(10)
    card = Mapping(sign="outflow_positive")
    assert read_file(text, "bank", card).statements[0].lines[0].amount == Decimal(-10)


def test_bills_of_a_ledger() -> None:
    text = b"bill_id,vendor_name,bill_date,amount,No,Due\n1,Acme,2026-01-05,100.00,A-1,2026-02-05\n"
    text += b"2,,2026-01-05,1,,\n1,Acme,2026-01-06,5,,\n3,Bolt,05/06/2026,5,,\n4,Core,2026-01-07,5.5,,\n"
    found = read_file(text, "bills", Mapping(invoice_number="No", due_date="Due"))
    assert [(bill.bill_id, bill.amount, bill.due_date) for bill in found.bills] == [
        ("1", Decimal("100.00"), date(2026, 2, 5)),
        ("4", Decimal("5.5"), None),
    ]
    assert [reject.reason for reject in found.rejects] == [
        "the vendor is empty",
        "bill 1 stands in line 2 already",
        "'05/06/2026' may be two days; say which with date_format in the mapping",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04rest", "export it as CSV"),
        (b"when,what\n2026-01-01,x\n", "no header line with the mapped columns"),
        (b"date,amount\n2026-01-01,1\n", "line 1 has all but description"),
        (b'date,amount,description\n\n2026-01-01,1,"' + b"x" * 200_000, "begins in line 3 .*; is a quote missing"),
        (b'"' + b"x" * 200_000, "no header line"),
    ],
    ids=["empty", "spreadsheet", "other_columns", "one_missing", "endless_cell", "endless_header"],
)
def test_a_file_that_cannot_be_used_says_why(data: bytes, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        read_file(data, "bank")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"datum": "x"}, "datum is no setting"),
        ({"decimal": ";"}, "decimal is ';'"),
        ({"sign": "minus"}, "sign is 'minus'"),
        ({"debit": "Out"}, "debit and credit go together"),
        ({"date": 3}, "date must be a text"),
        ({"date": None}, "date must be a text"),
        ({"description": 5}, "description must be a text, or a list"),
        ({"description": ["Text", 5]}, "description must be a text"),
        ({"delimiter": ";;"}, "delimiter is ';;'"),
    ],
)
def test_a_wrong_mapping_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        Mapping.from_dict(given, "m.toml")


@pytest.mark.parametrize(
    ("text", "decimal", "amount"),
    [
        ("1,234.50", ".", "1234.50"),
        ("(12.00)", ".", "-12.00"),
        ("12.00-", ".", "-12.00"),
        ("12.00 DR", ".", "-12.00"),
        ("-12.00 DR", ".", "-12.00"),
        ("(-12.00)", ".", "-12.00"),
        ("12.00 CR", ".", "12.00"),
        ("$ 1 234.5", ".", "1234.5"),
        ("-1.234,56 EUR", ",", "-1234.56"),
        ("\u2212,75", ",", "-0.75"),
        ("12,34,567.00", ".", "1234567.00"),
    ],
)
def test_amounts_as_banks_write_them(text: str, decimal: str, amount: str) -> None:
    assert parse_amount(text, decimal) == Decimal(amount)


@pytest.mark.parametrize("text", ["", "-", "1.2.3", "12,5", "NaN", "1e5", "0.00001", "99999999999999", "twelve"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_amount(text)


def test_a_day_that_two_countries_read_differently_is_refused() -> None:
    assert parse_day("25/03/2026") == parse_day("03/25/2026") == date(2026, 3, 25)
    with pytest.raises(Unreadable, match="may be two days"):
        parse_day("04/03/2026")
