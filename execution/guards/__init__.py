"""The guards: one refusal per file, named after what it keeps safe. All are asked, and all answers are shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from execution.domain.facts import Facts, Stage
from execution.domain.permits import lifted
from execution.domain.verdict import Verdict
from execution.guards import (
    arrival_date,
    automation,
    balance_fresh,
    bill_open,
    client_mode,
    clock_sane,
    duplicate,
    executor_running,
    in_flight_elsewhere,
    limits,
    not_frozen,
    payee,
    payload_unchanged,
    rails_healthy,
    readiness,
    runway,
    same_bill,
    seen_unchanged,
    separate_people,
    signers,
    snapshot_age,
    spendable_cash,
    velocity,
)

Guard = Callable[[Facts], Verdict]

ALL: dict[str, Guard] = {
    module.GUARD_ID: module.check
    for module in (
        signers,
        separate_people,
        automation,
        payload_unchanged,
        seen_unchanged,
        spendable_cash,
        runway,
        balance_fresh,
        payee,
        same_bill,
        duplicate,
        in_flight_elsewhere,
        bill_open,
        limits,
        velocity,
        client_mode,
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
_AFTER_PROPOSAL = frozenset({"separate_people", "payload_unchanged", "seen_unchanged"})


def evaluate(facts: Facts) -> list[Verdict]:
    """Every guard's verdict on these facts, in a fixed order; none is skipped because another refused.

    A permit of two people makes a warning of the one refusal it names, where that guard can be lifted at all.
    """
    skipped = _AFTER_PROPOSAL if facts.stage is Stage.PREVIEW else frozenset()
    if facts.stage is Stage.PREVIEW and facts.is_prepared_by_agent is None:
        skipped |= {automation.GUARD_ID}
    said = [check(facts) for guard_id, check in ALL.items() if guard_id not in skipped]
    if not facts.permits or facts.payload is None:
        return said
    return [lifted(verdict, facts.permits, facts.payload.amount_minor, facts.now) for verdict in said]


def cleared(verdicts: Sequence[Verdict]) -> bool:
    """Whether every guard there is was asked and none refused: what must hold before anything goes on the wire."""
    return [verdict.guard_id for verdict in verdicts] == list(ALL) and all(verdict.passed for verdict in verdicts)


__all__ = ["ALL", "Guard", "cleared", "evaluate"]
