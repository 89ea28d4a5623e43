"""Overlapping statements: the same rows whatever the order, and no line twice or lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.files import FileRefused, FileStore, Kept, file_id_of, replace_file_tables, take
from ingestion.files.overlap import Part, merged, proofs
from ingestion.files.statement import Line, Statement
from tests.ingestion.files.statements import OFX_1, camt

DAY = date(2026, 3, 1)
TRUTH = st.lists(
    st.tuples(st.integers(0, 9), st.integers(-3, 3).filter(bool), st.sampled_from(["RENT", "rent ", "FUEL", ""])),
    max_size=14,
)
SPANS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5)


def line(number: int, day: int, amount: int, text: str = "X", bank_id: str | None = None) -> Line:
    return Line(number, DAY + timedelta(days=day), Decimal(amount), text, bank_id=bank_id)


def part(name: str, *lines: Line, **balances: Decimal) -> Part:
    return Part(name, name, Statement(lines=list(lines), **balances))


@given(TRUTH, SPANS, st.randoms(use_true_random=False), st.booleans())
def test_any_order_and_overlap_of_exports_gives_the_account_s_lines(truth, spans, chance, with_ids) -> None:  # type: ignore[no-untyped-def]
    """Each export shows all lines of its days, numbered as it likes; together they show what lies in any of them."""
    lines = [line(0, day, amount, text, f"id{n}" if with_ids else None) for n, (day, amount, text) in enumerate(truth)]
    parts = []
    for number, (one, other) in enumerate(spans):
        first, last = sorted((one, other))
        days = DAY + timedelta(days=first), DAY + timedelta(days=last)
        parts.append(part(f"file{number}", *(one for one in lines if days[0] <= one.posted_date <= days[1])))
    seen = [one for one in lines if any(one in p.statement.lines for p in parts)]
    found = merged("acct", parts)
    chance.shuffle(parts)
    again = merged("acct", [*parts, parts[0]])
    assert [known.posting_id for known in found] == [known.posting_id for known in again]
    assert len({known.posting_id for known in found}) == len(found)
    assert sorted(known.line.content for known in found) == sorted(one.content for one in seen)


def test_a_line_that_the_bank_rewords_stays_one_and_takes_the_newest_words() -> None:
    old, new = part("a", line(1, 0, -5, "CARD 1234", "T1")), part("b", line(1, 0, -5, "CAFE ROSS", "T1"), line(2, 3, 1))
    assert [known.line.description for known in merged("acct", [new, old])] == ["CAFE ROSS", "X"]


def test_an_id_that_two_lines_of_a_file_share_names_neither() -> None:
    first = part("a", line(1, 0, -5, "ONE", "0"), line(2, 0, -5, "TWO", "0"))
    assert len(merged("acct", [first, part("b", line(1, 0, -5, "ONE", "0"))])) == 2


def test_ids_that_change_with_every_download_count_no_line_twice() -> None:
    assert len(merged("acct", [part("a", line(1, 0, -5, "RENT", "a1")), part("b", line(1, 0, -5, "RENT", "b7"))])) == 1


def test_a_statement_without_an_opening_starts_from_the_one_before() -> None:
    first = part("a", line(1, 0, 10), opening=Decimal(0), closing=Decimal(10), closing_date=DAY)
    second = part("b", line(1, 1, -4), closing=Decimal(6), closing_date=DAY + timedelta(days=1))
    wrong = part("c", line(1, 2, -1), closing=Decimal(9), closing_date=DAY + timedelta(days=2))
    parts = [wrong, second, first]
    found = proofs(parts, merged("acct", parts))
    assert [(proof.verdict, proof.difference) for proof in found] == [
        ("proven", Decimal(0)),
        ("proven", Decimal(0)),
        ("unproven", Decimal(4)),
    ]


def asked(data: bytes, name: str, account: str = "Giro", **more: str) -> Kept:
    return Kept(
        file_id_of("c1", "bank", account, data), "c1", "bank", account, name, datetime(2026, 4, 1, tzinfo=UTC), **more
    )


def test_load_forget_and_load_again_lead_to_the_same_tables(tmp_path: Path) -> None:
    store, warehouse = FileStore(tmp_path), tmp_path / "w.duckdb"

    def tables() -> list[list[tuple[object, ...]]]:
        replace_file_tables(store, warehouse)
        with duckdb.connect(str(warehouse)) as database:
            names = ("accounts", "balances", "transactions", "statements", "rejects", "files")
            return [sorted(database.execute(f"select * from raw_files.{name}").fetchall(), key=str) for name in names]

    data = camt().encode()
    taken = take(store, asked(data, "march.xml"), data)
    assert (taken.new, taken.known, taken.again) == (3, 0, False)
    assert taken.proof is not None and taken.proof.verdict == "proven"
    before = tables()
    assert [len(rows) for rows in before] == [1, 1, 3, 1, 1, 1]
    again = take(store, asked(data, "march.xml"), data)
    assert (again.new, again.known, again.again) == (0, 3, True)
    later = camt(closing="1200.00").encode()
    wrong = take(store, asked(later, "march again.xml"), later)
    assert wrong.new == 0 and wrong.proof is not None and wrong.proof.difference == Decimal("50.00")
    assert tables() != before
    store.forget(store.find("c1", "march again.xml"))
    assert tables() == before
    assert replace_file_tables(store, warehouse, only_if_changed=True) is None
    (tmp_path / "w.duckdb").unlink()
    assert tables() == before


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    data = camt().encode()
    take(store, asked(data, "march.xml"), data)
    other = camt().replace("202051", "202052").encode()
    with pytest.raises(FileRefused, match=r"other.xml: it is about account …2052, and Giro has been …2051"):
        take(store, asked(other, "other.xml"), other)
    text = b"date,amount,description\n2026-03-04,250.00,Kunde\n"
    with pytest.raises(FileRefused, match=r"2026-03-04 to 2026-03-04 came as camt.053 already"):
        take(store, asked(text, "march.csv"), text)
    two = OFX_1.replace("</STMTRS>", "</STMTRS><STMTRS><BANKACCTFROM><ACCTID>77</BANKACCTFROM></STMTRS>").encode()
    with pytest.raises(FileRefused, match="tells of 2 accounts"):
        take(store, asked(two, "two.ofx", "Savings"), two)
    assert take(store, asked(two, "two.ofx", "Savings", number="456"), two).new == 4
    assert [kept.file_name for kept in store.all()] == ["march.xml", "two.ofx"]
