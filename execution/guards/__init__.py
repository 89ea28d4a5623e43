"""The guards: one refusal per file, named after what it keeps safe. All are asked, and all answers are shown."""

from __future__ import annotations

from collections.abc import Callable

from execution.domain.facts import Facts, Stage
from execution.domain.verdict import Verdict
from execution.guards import (
    arrival_date,
    balance_fresh,
    bill_open,
    clock_sane,
    duplicate,
    executor_running,
    limits,
    not_frozen,
    payee,
    payload_unchanged,
    rails_healthy,
    readiness,
    separate_people,
    signers,
    snapshot_age,
    spendable_cash,
)

Guard = Callable[[Facts], Verdict]

ALL: dict[str, Guard] = {
    module.GUARD_ID: module.check
    for module in (
        signers,
        separate_people,
        payload_unchanged,
        spendable_cash,
        balance_fresh,
        payee,
        duplicate,
        bill_open,
        limits,
        readiness,
        rails_healthy,
        arrival_date,
        clock_sane,
        not_frozen,
        executor_running,
        snapshot_age,
    )
}

# Asked only once there is something to compare: a preview has neither a preparer nor a stored payload.
_AFTER_PROPOSAL = frozenset({"separate_people", "payload_unchanged"})


def evaluate(facts: Facts) -> list[Verdict]:
    """Every guard's verdict on these facts, in a fixed order; none is skipped because another refused."""
    skipped = _AFTER_PROPOSAL if facts.stage is Stage.PREVIEW else frozenset()
    return [check(facts) for guard_id, check in ALL.items() if guard_id not in skipped]


__all__ = ["ALL", "Guard", "evaluate"]
