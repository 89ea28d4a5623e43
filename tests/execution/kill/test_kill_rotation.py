"""A slice of the kill bench in every run of the tests: other cases each day, all of them by command."""

from __future__ import annotations

import ast
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from execution import failpoints
from tests.execution.kill.bed import Bed
from tests.execution.kill.cases import FIRST, SECOND, cases
from tests.execution.kill.naive import paid_by_naive

CASES = 36  # `python -m tests.bench.bench_kill` plays 1,650.


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory, postgres_server: str) -> Iterator[Bed]:
    logging.disable(logging.CRITICAL)
    made = Bed(tmp_path_factory.mktemp("kill"), postgres_server)
    yield made
    made.close()
    logging.disable(logging.NOTSET)


def test_killed_anywhere_nothing_is_paid_twice_or_lost(bed: Bed) -> None:
    seed = date.today().toordinal()
    told = [bed.run(case) for case in cases(seed, ["sqlite", "postgresql"], CASES)]
    faults = [f"seed {seed}, case {one.case}: {fault}" for one in told for fault in one.faults]
    assert faults == []
    assert sum(one.kills for one in told) >= CASES // 2, "the cases must die, or nothing was shown"


@pytest.mark.parametrize("fault", ["reset-after", "timeout-after"])
def test_the_bed_sees_a_payment_made_twice(bed: Bed, tmp_path: Path, fault: str) -> None:
    assert paid_by_naive(bed, fault, "", tmp_path, 1) > 1


def test_every_named_place_is_in_the_code_and_every_place_has_its_name() -> None:
    used: set[str] = set()
    for file in (Path(__file__).resolve().parents[3] / "execution").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
            used.update(words if name in ("begin", "reach") or (name == "partial" and words) else ())
    decided = {"hold", "reject", "cancel"}  # Named by their verb.
    assert used | decided == {name.split(".")[0] for name in failpoints.NAMES}
    assert set(FIRST + SECOND) <= failpoints.NAMES
