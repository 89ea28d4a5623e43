"""The rails this payment leans on answered lately: books, bank and Ramp."""

from __future__ import annotations

from execution.domain.facts import Facts, Stage
from execution.domain.verdict import Verdict, passes, refuses, warns

GUARD_ID = "rails_healthy"
NAMES = {"qbo": "QBO", "ramp": "Ramp", "plaid": "Plaid"}

# Rail state × act (look and propose, decide, pay): "" lets it pass, "warn" shows it, "stop" refuses. A bank not heard
# of for long may be proposed on; nobody signs and nothing is paid on it. Stripe is not asked: no payment leans on it.
_ACT = {Stage.PREVIEW: 0, Stage.PROPOSE: 0, Stage.APPROVE: 1, Stage.RESERVE: 2, Stage.SEND: 2}
_OLD = ("warn", "warn", "warn")
_STOP = ("stop", "stop", "stop")
_BOOKS = {"fresh": ("", "", ""), "ageing": _OLD, "stale": _OLD, "failed": _STOP, "absent": _STOP}
MATRIX: dict[str, dict[str, tuple[str, str, str]]] = {
    "qbo": _BOOKS,
    "ramp": _BOOKS,
    "plaid": {**_BOOKS, "stale": ("warn", "stop", "stop")},
}


def effect_of(rail: str, status: str, stage: Stage) -> str:
    """What a rail's state means for an act; a state nobody knows stops."""
    row = MATRIX[rail].get(status)
    return row[_ACT[stage]] if row else "stop"


def check(facts: Facts) -> Verdict:
    """Refuses for a failed or missing rail; warns for one that grows old."""
    needed = ["qbo", "ramp", "plaid"]
    if facts.payload is not None and not facts.payload.source_bill_id.startswith("qbo:"):
        needed.remove("qbo")
    known = {rail: facts.rails[rail].status if rail in facts.rails else "unknown" for rail in needed}
    effects = {rail: effect_of(rail, status, facts.stage) for rail, status in known.items()}
    if stopped := [rail for rail in needed if effects[rail] == "stop"]:
        first = stopped[0]
        health = facts.rails.get(first)
        why = f"{NAMES[first]} is {health.status}" if health else f"Nothing is known of {NAMES[first]}"
        detail = f": {health.reason}" if health and health.reason else ""
        return refuses(GUARD_ID, why + detail, f"Reconnect {NAMES[first]} and load again", **known)
    if old := [rail for rail in needed if effects[rail] == "warn"]:
        names = ", ".join(NAMES[rail] for rail in old)
        return warns(GUARD_ID, f"{names}: data is ageing", "Load again before approving", **known)
    return passes(GUARD_ID, "Books, bank and Ramp are fresh", **known)
