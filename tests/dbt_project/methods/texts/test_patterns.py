"""A text is named by the first pattern that matches it, and by RE2 as the warehouse reads it."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dbt_project.methods.texts import NONE, Pattern, first_match

PATTERNS = [
    Pattern(r"\bOWNER (DRAW|CONTRIB\w*)\b", "description", "any"),
    Pattern(r"\bPAYROLL\b", "description", "out"),
    Pattern(r"^PAYROLL", "category", "out"),
    Pattern(r"PAY", "description", "out"),
]


def table(*rows: tuple[str | None, str | None, str | None]) -> pa.Table:
    names = ("direction", "description", "category")
    return pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(names)})


def test_the_first_pattern_that_matches_wins() -> None:
    rows = table(
        ("out", "GUSTO PAYROLL 12", ""),
        ("out", "OWNER DRAW PAYROLL", ""),
        ("in", "OWNER CONTRIBUTION", ""),
        ("in", "PAYROLL REFUND", ""),
        ("out", "GUSTO", "PAYROLL_WAGES"),
        ("out", "BILLPAY", "RENT"),
        ("out", None, None),
        (None, "PAYROLL", ""),
    )
    assert first_match(rows, PATTERNS).tolist() == [1, 0, 0, NONE, 2, 3, NONE, NONE]


def test_no_texts_and_no_patterns_name_nothing() -> None:
    assert first_match(table(), PATTERNS).tolist() == []
    assert first_match(table(("out", "PAYROLL", "")), []).tolist() == [NONE]


def test_an_expression_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        first_match(table(("out", "PAYROLL", "")), [Pattern("(", "description", "any")])


@given(st.lists(st.text(alphabet="PAYROLÉß Ω_1\n", max_size=12), max_size=8))
def test_a_pattern_means_what_it_means_in_sql(texts: list[str]) -> None:
    expression = r"\bPAY\w*|O.L$"
    ours = first_match(table(*(("out", text, "") for text in texts)), [Pattern(expression, "description", "out")])
    theirs = [duckdb.execute("select regexp_matches(?, ?)", [text, expression]).fetchone() for text in texts]
    assert [(at != NONE,) for at in ours] == theirs
