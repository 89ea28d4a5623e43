"""The webhook benchmark at the size of a test: a real receiver process, forged and doubled deliveries, SIGKILL."""

from __future__ import annotations

import pytest

from tests.bench.bench_webhooks import killed, truth


def test_what_webhooks_lose_the_sweep_finds() -> None:
    *_, ours = truth(events=2_000, seed=3)
    assert ours.figures["wrong"] == 0


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_killed_receiver_loses_nothing_that_it_acknowledged(database: str) -> None:
    [row] = killed(database, kills=1, seed=3, per_kill=600)
    assert int(row.figures["acknowledged"]) > 0
