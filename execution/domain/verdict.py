"""What a guard answers: yes or no, on which inputs, why, and what would help."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Effect(StrEnum):
    """How a verdict weighs on the payout."""

    PASS = "pass"
    WARNING = "warning"
    NEEDS_SECOND = "needs_second"
    BLOCKED = "blocked"


_WEIGHT = [Effect.PASS, Effect.WARNING, Effect.NEEDS_SECOND, Effect.BLOCKED]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A guard's answer. `passed` is false only where the payout must stop; inputs hold no floats."""

    guard_id: str
    passed: bool
    reason: str
    remedy: str = ""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    effect: Effect = Effect.PASS

    def as_inputs(self) -> dict[str, Any]:
        """As plain values, for the audit event and the store."""
        # Written out: asdict copies every input deeply, and sixteen verdicts are kept at each step of a payout.
        return {"guard_id": self.guard_id, "passed": self.passed, "reason": self.reason, "remedy": self.remedy,
                "inputs": dict(self.inputs), "effect": str(self.effect)}  # fmt: skip


def passes(guard_id: str, reason: str, **inputs: Any) -> Verdict:
    """The guard has nothing against it."""
    return Verdict(guard_id, True, reason, "", inputs, Effect.PASS)


def warns(guard_id: str, reason: str, remedy: str, **inputs: Any) -> Verdict:
    """Not a reason to stop, but the approver must see it."""
    return Verdict(guard_id, True, reason, remedy, inputs, Effect.WARNING)


def asks_second(guard_id: str, reason: str, remedy: str, **inputs: Any) -> Verdict:
    """More signatures are needed before it may go on."""
    return Verdict(guard_id, True, reason, remedy, inputs, Effect.NEEDS_SECOND)


def refuses(guard_id: str, reason: str, remedy: str, **inputs: Any) -> Verdict:
    """The payout must stop here."""
    return Verdict(guard_id, False, reason, remedy, inputs, Effect.BLOCKED)


def outcome_of(verdicts: list[Verdict]) -> Effect:
    """The heaviest of some verdicts; no verdict at all is a refusal."""
    return max((v.effect for v in verdicts), key=_WEIGHT.index, default=Effect.BLOCKED)
