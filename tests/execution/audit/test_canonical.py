"""Our canonical bytes are RFC 8785's, on the values we allow."""

from __future__ import annotations

from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from execution.audit.canonical import NotCanonical, canonical

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_bytes_equal_the_oracle(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [1.5, float("nan"), Decimal("1"), 2**53, {"é": 1}, "\ud800", b"x", {1: 2}])
def test_refuses_what_has_no_one_form(value: object) -> None:
    with pytest.raises(NotCanonical):
        canonical({"inputs": value} if not isinstance(value, dict) else value)
