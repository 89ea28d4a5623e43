"""A small run of the canary search: nothing foreign is seen, and every wall that is taken away is noticed."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.bench.bench_canaries import share
from tests.bench.canary_calls import foreign, text_of
from tests.bench.canary_faults import FAULTS
from tests.bench.canary_world import Mark, build

FIRMS = 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = tmp_path_factory.mktemp("canaries")
    build(made, FIRMS)
    yield made


@pytest.fixture(scope="module")
def aside() -> Iterator[ProcessPoolExecutor]:
    """A process of its own: the search sets threads and caches for all of its process."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as made:
        yield made


def test_no_answer_holds_another_firms_canary(folder: Path, aside: ProcessPoolExecutor) -> None:
    tally: Any = aside.submit(share, folder, FIRMS, 2000, 11).result()
    assert not tally.foreign and not tally.broke, (tally.foreign[:5], tally.broke[:5])
    assert tally.calls == 2000 and tally.refused > 200
    assert {"service", "api", "figures"} <= set(tally.by_kind)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wall_that_is_taken_away_is_noticed(folder: Path, aside: ProcessPoolExecutor, fault: str) -> None:
    tally: Any = aside.submit(share, folder, FIRMS, 2000, 12, fault).result()
    assert tally.foreign, f"not seen in {tally.calls} calls"


def test_the_search_knows_ids_texts_and_amounts_in_every_form() -> None:
    other = Mark(7)
    for text in (f"x {other.of_text}", f"c01-{other.of_id}", "$91,007,551.23", "9100755123", '{"minor":9100755123}'):
        assert foreign(text_of(text), 3, {3}), text
    assert not foreign(text_of(f"there is no client c01-{other.of_id}"), 3, {3, 7})
    assert foreign(text_of(f"client c01-{other.of_id} {other.of_text}"), 3, {3, 7})
    assert not foreign(text_of("1791007551234 a9100755123"), 3, {3})
