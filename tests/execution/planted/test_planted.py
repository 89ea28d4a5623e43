"""The beds find what is planted: in every run those that the simulator finds at once, and all guards' edges."""

from __future__ import annotations

import pytest

from tests.execution.planted.hunting import hunt
from tests.execution.planted.table import FAULTS

# Found within the first few seeds; `python -m tests.bench planted_faults` hunts every one.
AT_ONCE = (
    "band off by one", "preparer approves", "signatures are not counted", "resend on recovery",
    "nobody agrees to send again", "hold freed on timeout", "hold ended when Ramp has the bill", "hold freed on paid",
    "search skipped", "adopted without a second look", "server error is a refusal", "silence is never sent",
    "error before the start ends it", "every error is a return", "archived bill counted as live",
    "any bank line settles", "no quiet window",
)  # fmt: skip


@pytest.mark.parametrize("name", [*AT_ONCE, *(name for name, fault in FAULTS.items() if fault.guard_id)])
def test_a_planted_fault_is_found(name: str) -> None:
    found = hunt(FAULTS[name], seconds=20.0)
    assert found.bed, found


def test_there_are_enough_of_them() -> None:
    assert len([fault for fault in FAULTS.values() if not fault.guard_id]) >= 45
