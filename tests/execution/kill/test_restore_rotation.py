"""A slice of the restore bench in every run of the tests; `python -m tests.bench.bench_restore` restores many more."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.execution.kill.restoring import PayingFirm, naive_second_payments


@pytest.fixture(params=["sqlite", "postgresql"])
def firm(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PayingFirm]:
    logging.disable(logging.CRITICAL)
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else None
    made = PayingFirm(tmp_path, date.today().toordinal(), payouts=10, backups=2, server=server)
    yield made
    made.world.store.dispose()
    logging.disable(logging.NOTSET)


def test_a_backup_of_any_age_pays_nothing_twice(firm: PayingFirm) -> None:
    again = [naive_second_payments(firm, number) for number in range(len(firm.copies))]
    told = [firm.restore(number) for number in range(len(firm.copies))]
    assert [fault for one in told for fault in one.faults] == [], date.today().toordinal()
    # Whatever a store forgot that trusts itself alone would pay again; ours halted instead.
    assert all(one.was_halted for one, bills in zip(told, again, strict=True) if bills)
