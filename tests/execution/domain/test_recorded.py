"""Custody's links and the next steps, word for word over a grid of cases."""

from __future__ import annotations

from tests.execution.domain.recorded import PAGE, page


def test_what_is_said_is_what_was_read_and_agreed() -> None:
    """After a wanted change: python -m tests.execution.domain.recorded, and read the difference."""
    assert page().splitlines() == PAGE.read_text(encoding="utf-8").splitlines()
