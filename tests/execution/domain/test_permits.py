"""A permit covers one guard, one amount, until one instant, by two people; and only what may be lifted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from execution.domain.permits import LIFE_LONGEST, LIFTABLE, Permit, lifted
from execution.domain.verdict import Effect, passes, refuses
from execution.guards import ALL
from tests.execution.guards.facts import NOW

SECOND = timedelta(seconds=1)
PERMIT = Permit("p" * 16, "limits", 90_000, "carl", "ada", NOW + SECOND)
NO = refuses("limits", "too much", "wait", today_minor=7)


def test_what_may_be_lifted_is_a_short_list() -> None:
    assert {"duplicate", "limits", "rails_healthy", "readiness", "runway", "snapshot_age", "velocity"} == LIFTABLE
    assert timedelta(hours=24) == LIFE_LONGEST


def test_it_covers_what_it_was_given_for() -> None:
    assert PERMIT.covers("limits", 90_000, NOW)


@pytest.mark.parametrize(
    "permit",
    [
        replace(PERMIT, guard_id="velocity"),
        replace(PERMIT, amount_minor=90_001),
        replace(PERMIT, expires_at=NOW),
        replace(PERMIT, confirmed_by="carl"),
        replace(PERMIT, confirmed_by=""),
        replace(PERMIT, asked_by=""),
    ],
    ids=["guard", "amount", "expired", "one person", "unconfirmed", "unasked"],
)
def test_nothing_else(permit: Permit) -> None:
    assert not permit.covers("limits", 90_000, NOW)
    assert lifted(NO, (permit,), 90_000, NOW) is NO


@pytest.mark.parametrize("guard_id", sorted(ALL))
def test_a_guard_that_is_not_on_the_list_stays_a_refusal(guard_id: str) -> None:
    said = lifted(refuses(guard_id, "no", "do"), (replace(PERMIT, guard_id=guard_id),), 90_000, NOW)
    assert said.passed is (guard_id in LIFTABLE)


def test_the_refusal_stays_readable_in_the_warning() -> None:
    said = lifted(NO, (replace(PERMIT, guard_id="velocity"), PERMIT), 90_000, NOW)
    assert said.passed and said.effect is Effect.WARNING and said.remedy == "wait"
    assert said.reason == "Let past by permit pppppppp: too much"
    assert said.inputs == {"today_minor": 7, "permit_id": "p" * 16, "permit_by": ["carl", "ada"]}
    fine = passes("limits", "fine")
    assert lifted(fine, (PERMIT,), 90_000, NOW) is fine
