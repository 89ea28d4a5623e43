"""docs/reference/guards.md says what the code does."""

from __future__ import annotations

from tests.execution.guards.reference_page import PAGE, page


def test_the_page_agrees_with_the_code() -> None:
    """After a wanted change: python -m tests.execution.guards.reference_page"""
    assert PAGE.read_text(encoding="utf-8") == page()
