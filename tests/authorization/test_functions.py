"""Every function that a person may call × every role × every side of every wall, against the page on roles."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from execution.people import Principal
from execution.people.permissions import ROLES
from execution.service.declared import READS, declaration
from tests.authorization.asking import MAKES_ITS_CLIENT, OF_CLIENT, OF_FIRM, Outcome, alike, ask, is_guessed, takes
from tests.authorization.expected import allowed, still_for_removed
from tests.authorization.world import (
    ABSENT,
    COLLEAGUES,
    FOREIGN,
    HARBOR,
    OTHER,
    OWN,
    REMOVED,
    Records,
    Walls,
)
from tests.execution.service.functions import asked_by_people

HASH = re.compile(r"[0-9a-f]{8,}")
RELATIONS = (OWN, COLLEAGUES, REMOVED, FOREIGN, ABSENT)
SIDES = dict(zip(RELATIONS, ("own", "a_colleagues", "removed", "another_firms", "absent"), strict=True))


def told(world: Walls, who: Principal, before: dict[str, int], name: str, outcome: Outcome) -> str | None:
    """What is wrong with the trace that a call left; None when nothing is."""
    after = world.lengths()
    if {chain: n for chain, n in after.items() if chain != HARBOR} != {c: n for c, n in before.items() if c != HARBOR}:
        return "wrote to a chain that is not its firm's"
    if not outcome.error:
        return None
    rows = [one for one in world.events(HARBOR, before[HARBOR]) if one["to"] == "refused"]
    if len(rows) != 1:
        return f"{outcome.error} left {len(rows)} refusals in the audit log"
    [row] = rows
    if (row["actor"]["person"], row["actor"]["role"]) != (who.person_id, who.role):
        return f"the refusal names {row['actor']}"
    if not row["action"].endswith(f".{name.split('.')[1]}_refused"):
        return f"the refusal is called {row['action']}"
    return None if row["inputs"]["reason"] else "the refusal gives no reason"


def applies(function: object, name: str, side: str) -> bool:
    """Whether a side of the wall means anything to a function's arguments."""
    named = set(takes(function)) if name not in MAKES_ITS_CLIENT else set()  # type: ignore[arg-type]
    return side == OWN or bool(named & OF_CLIENT) or (bool(named & OF_FIRM) and side in (FOREIGN, ABSENT))


@pytest.mark.parametrize("side", RELATIONS, ids=SIDES.values())
@pytest.mark.parametrize("role", ROLES)
def test_the_answer_is_the_one_that_the_page_on_roles_promises(world: Walls, role: str, side: str) -> None:
    who, records, wrong, asked = world.people[role], world.records[side], [], 0
    for name, function in asked_by_people(world.plane).items():
        says = declaration(function)
        assert says is not None and says.verb is not None
        if not applies(function, name, side):
            continue
        asked += 1
        before = world.lengths()
        outcome = ask(world, name, function, who, records)
        serves = side == OWN or (side == COLLEAGUES and role == "firm_admin")
        if trace := told(world, who, before, name, outcome):
            wrong.append(f"{name}: {trace}")
        if says.verb not in allowed()[role]:
            if outcome.error != "Forbidden":
                wrong.append(f"{name}: {role} lacks {says.verb}, and was answered {outcome}")
        elif serves:
            if outcome.is_wall and not (outcome.error == "NotFound" and is_guessed(function)):
                wrong.append(f"{name}: {role} has {says.verb}, and was answered {outcome}")
        elif side == REMOVED:
            if outcome.error != "NotFound" and not still_for_removed(name, says.verb):
                wrong.append(f"{name}: the client was removed, and the answer is {outcome}")
        elif side != ABSENT:
            world.restore()
            nothing = ask(world, name, function, who, world.records[ABSENT])
            if (outcome.error, outcome.text, outcome.value) != (nothing.error, nothing.text, nothing.value):
                wrong.append(f"{name}: {SIDES[side]} record answers {outcome}, none at all {nothing}")
        if world.lengths() != before:
            world.restore()
    assert not wrong, "\n".join(wrong)
    assert asked >= 10


@pytest.mark.parametrize("role", ROLES)
def test_an_assignment_that_ended_a_moment_ago_opens_nothing(world: Walls, role: str) -> None:
    try:
        for name, function in asked_by_people(world.plane).items():
            who = world.expire(role)
            before = world.lengths()
            outcome = ask(world, name, function, who, world.records[OWN], own_token=False)
            assert outcome.error == "Forbidden" and "no longer works for this firm" in outcome.text, (name, outcome)
            assert told(world, who, before, name, outcome) is None, name
            world.restore()
    finally:
        world.restore()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "firm_admin"])
def test_a_principal_that_claims_more_gets_no_more(world: Walls, role: str) -> None:
    """Whoever holds a principal in this process may write into it; what counts is what the store says."""
    honest = world.people[role]
    claims = replace(honest, role="firm_admin", client_ids=None, for_role="")
    for name, function in asked_by_people(world.plane).items():
        for side in (OWN, COLLEAGUES):
            if not applies(function, name, side):
                continue
            answers = []
            for who in (honest, claims):
                outcome = ask(world, name, function, who, world.records[side])
                answers.append((outcome.error, outcome.text))
                world.restore()
            assert answers[0] == answers[1], (name, side, answers)
    wanderer = replace(honest, advisor_id=OTHER)
    for name, function in asked_by_people(world.plane).items():
        assert ask(world, name, function, wanderer, world.records[FOREIGN]).error == "Forbidden", name
        world.restore()


@pytest.mark.parametrize("role", ROLES)
def test_ones_own_client_opens_no_other_record(world: Walls, role: str) -> None:
    """The client is served, and every other id of the call is another firm's: it reads as if it did not exist."""
    who = world.people[role]
    own, foreign, absent = (world.records[side] for side in (OWN, FOREIGN, ABSENT))
    for name, function in asked_by_people(world.plane).items():
        if len(set(takes(function)) & (OF_CLIENT | OF_FIRM)) < 2 or "client_id" not in takes(function):
            continue
        answers = []
        for theirs in (foreign, absent):
            # Vendors' ids are numbers of the books, so another firm's may well be one of the own client's.
            mixed: Records = replace(theirs, client_id=own.client_id, vendor_id_qbo="q98", vendor_id_ramp="rv98")
            outcome = ask(world, name, function, who, mixed)
            answers.append((outcome.error, outcome.text, HASH.sub("…", alike(str(outcome.value), mixed))))
            world.restore()
        if "hygiene_item_id" in takes(function):
            continue  # An item of the queue is the own client's to name; what stands under it is never read.
        assert answers[0] == answers[1], (name, answers)


def test_a_clients_id_may_be_in_use_at_another_firm(world: Walls) -> None:
    """A clash of keys would tell that the other firm has such a client."""
    made = world.plane.clients.add(
        world.people["firm_admin"], client_id=FOREIGN, client_name="Mine", time_zone="America/New_York"
    )
    assert (made.advisor_id, made.client_name) == (HARBOR, "Mine")
    world.restore()


def test_reads_and_commands_are_told_apart_by_their_verb(world: Walls) -> None:
    kinds = {declaration(function).verb in READS for function in asked_by_people(world.plane).values()}  # type: ignore[union-attr]
    assert kinds == {True, False}
