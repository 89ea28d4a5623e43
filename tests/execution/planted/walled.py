"""Faults in what is written, or hidden behind a second wall: each has tests that stand alone and must fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa

from execution import dispatch, guards
from execution.domain import resolving
from execution.domain.rail import Request
from execution.domain.verdict import passes
from execution.guards import signers
from execution.payouts import holds, proposing, sending
from execution.payouts.journal import note
from execution.payouts.leases import Leases
from execution.payouts.rows import Row, freeze_of
from execution.store import tables as t
from tests.execution.planted.fault import Fault, everywhere

Patch = pytest.MonkeyPatch
PAYOUTS = "tests/execution/payouts/"
OVERTAKEN, LEASES, WALLS, LIFE = (f"{PAYOUTS}test_{name}.py" for name in ("overtaken", "leases", "walls", "life"))


def _guard_removed(guard_id: str) -> Fault:
    def plant(patch: Patch) -> None:
        patch.setitem(guards.ALL, guard_id, lambda facts: passes(guard_id, "not asked"))

    return Fault(f"guard removed: {guard_id}", plant, guard_id=guard_id)


def _answers(module: Any, name: str, answer: Any) -> Callable[[Patch], None]:
    def plant(patch: Patch) -> None:
        patch.setattr(module, name, lambda *given, **named: answer)

    return plant


def _take(counts_holds: bool, looks_at_age: bool) -> Callable[[Patch], None]:
    def take(cx: sa.Connection, row: Row, *, now: datetime, cutoff: datetime) -> bool:
        a, amount = t.account_cash.c, row["amount_minor"]
        left = a.available_minor - a.buffer_minor - amount - (a.held_minor if counts_holds else 0)
        fresh = a.as_of_at >= cutoff if looks_at_age else sa.true()
        done = cx.execute(sa.update(t.account_cash).where(left >= 0, fresh).values(held_minor=a.held_minor + amount))
        if done.rowcount == 1:
            holds._insert_hold(cx, row, now)
        return bool(done.rowcount == 1)

    def plant(patch: Patch) -> None:
        patch.setattr(holds, "take", take)

    return plant


def _no_intent_row(patch: Patch) -> None:
    def intend(cx: sa.Connection, row: Row, request: Request, *, search: list[str], sender: str, now: datetime,
               verdicts: Any) -> Row:  # fmt: skip
        return sending.write(cx, row, [resolving.intended(row, now, {})], now)

    patch.setattr(sending, "intend", intend)


def _limits_before_the_account(patch: Patch) -> None:
    real = holds.take

    def take(cx: sa.Connection, row: Row, *, now: datetime, cutoff: datetime) -> bool:
        for scope, key in holds.limit_keys(row):
            holds.use_limit(cx, row, scope=scope, key=key, day=now.date(), limit_minor=10**12)
        return real(cx, row, now=now, cutoff=cutoff)

    patch.setattr(holds, "take", take)


def _late_reply_taken_at_its_word(patch: Patch) -> None:
    def taken(row: Row, reply: Any, now: datetime, *, attempt: int) -> list[Any]:
        return [resolving.replied(row, reply, now)]

    everywhere(patch, resolving.replied_late, taken)


def _generation_raised_after_a_send(patch: Patch) -> None:
    def raised(around: Any, source_bill_id: str) -> int:
        last = around.last_payout(source_bill_id)
        return int(last["generation"]) + 1 if last else 1

    everywhere(patch, proposing.next_generation, raised)


def _lease_ignored(patch: Patch) -> None:
    patch.setattr(Leases, "is_elsewhere", lambda self, cx, row: False)
    patch.setattr(Leases, "take", lambda self, row: True)
    patch.setattr(Leases, "take_in", lambda self, cx, row: True)


def _two_signatures_of_one_person(patch: Patch) -> None:
    real = signers.check

    def check(facts: Any) -> Any:
        numbered = tuple(replace(s, person_id=f"{s.person_id}{at}") for at, s in enumerate(facts.signatures))
        return real(replace(facts, signatures=numbered))

    patch.setitem(guards.ALL, "signers", check)


def _freeze_ignored(patch: Patch) -> None:
    everywhere(patch, freeze_of, lambda *whose: None)
    patch.setitem(guards.ALL, "not_frozen", lambda facts: passes("not_frozen", "not asked"))


def _state_without_audit(patch: Patch) -> None:
    everywhere(patch, note, lambda *given, **named: None)


def _hold_survives_its_payout(patch: Patch) -> None:
    patch.setattr(holds, "end", lambda *given, **named: False)


WALLED = (
    *map(_guard_removed, guards.ALL),
    Fault("reserve ignores holds", _take(False, True), (WALLS, "-k", "live_holds")),
    Fault("stale balance accepted", _take(True, False), (WALLS, "-k", "old_balance")),
    Fault("one person twice", _two_signatures_of_one_person, (WALLS, "-k", "same_person")),
    Fault("lock order swapped", _limits_before_the_account, (WALLS, "-k", "one_order")),
    Fault("limits not counted", _answers(holds, "use_limit", True), (WALLS, "-k", "limit")),
    Fault("limits not given back", _answers(holds, "_give_back_limits", None), (LIFE, "-k", "gives_its_limits_back")),
    Fault("hold survives its payout", _hold_survives_its_payout, (LIFE, "-k", "frees_its_cash")),
    Fault("no intent row", _no_intent_row, (WALLS, "-k", "in_the_log")),
    Fault("state without audit", _state_without_audit, (WALLS, "-k", "in_the_log")),
    Fault("late reply taken at its word", _late_reply_taken_at_its_word, (LEASES,)),
    Fault("lease ignored", _lease_ignored, (LEASES,)),
    Fault("generation raised after a send", _generation_raised_after_a_send, (f"{PAYOUTS}test_two_people.py",)),
    Fault("freeze ignored", _freeze_ignored, (OVERTAKEN, "-k", "frozen and sqlite")),
    Fault("freeze not asked again before the wire", _answers(dispatch, "freeze_of", None),
          (OVERTAKEN, "-k", "frozen and sqlite")),
    Fault("debit proven while the bank was asked", _answers(holds, "debits_proven", 0),
          (OVERTAKEN, "-k", "spent_twice and sqlite")),
    Fault("stopped executor goes on", _answers(Leases, "seconds_left", 999.0), (OVERTAKEN, "-k", "stopped and sqlite")),
)  # fmt: skip
