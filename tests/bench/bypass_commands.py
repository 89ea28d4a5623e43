"""Attempts at the command line: `rowcol` decides and sends no payout, but it can change people, rules and a halt.

Each runs in this process, with the world's control plane where a command would open its own. Arguments that the parser
already refuses, and what the command itself refuses before it asks the service, leave no row: nobody was asked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from unittest.mock import patch

from typer.testing import CliRunner

from orchestration.cli.main import app
from tests.authorization.world import ABSENT, COLLEAGUES, FOREIGN, HARBOR, OTHER, OWN, Walls

NO_ADMIN = ("bookkeeper", "controller", "advisor", "analyst", "auditor", "client_owner", "agent")
NO_TOKEN = ("rc_", "rc_agent_x", "x" * 500, "null", "' or 1=1 --")
HOSTILE = ("\x1b[2J", "../../etc", "'; drop table payout; --", "=cmd|'/c calc'!A1", "invoice\u202efdp.exe", "🧨" * 50)
NO_RULE = ("buffer_minor=-1", "buffer_minor=1e9", "buffer_minor=99999999999999", "lead_business_days=0",
           "allow_everything=yes", "automatic_payouts=7", "two_people_from_minor=1")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """One command line, the token in the environment ("" for none), and whether the service is asked at all."""

    words: tuple[str, ...]
    token: str = ""
    is_asked: bool = True


def typed(world: Walls, rng: Random) -> Typed:
    """A command that must be refused."""
    return rng.choice(TRICKS)(world, rng)


def answer(world: Walls, one: Typed) -> tuple[str | None, BaseException | None]:
    """(what it said, None when it did what it was told; what it fell over, None when it did not)."""
    env = {"ROWCOL_API_TOKEN": one.token or None, "COLUMNS": "300"}
    with patch("execution.service.connect", lambda: world.plane):
        done = CliRunner().invoke(app, list(one.words), env=env)
    fell = done.exception if not isinstance(done.exception, SystemExit) else None
    return (None if done.exit_code == 0 else done.output), fell


def _changes(world: Walls, rng: Random, client_id: str) -> tuple[str, ...]:
    """A change of people or rules in good form."""
    mine = world.records[OWN]
    return rng.choice((
        ("people", "add", "--name", "Eve", "--email", "eve@x.test", "--role", rng.choice(("firm_admin", "controller"))),
        ("people", "remove", mine.person_id),
        ("people", "assign", mine.person_id, "--role", "advisor"),
        ("people", "confirm", mine.request_id),
        ("clients", "policy", "draft", client_id, "buffer_minor=1", "--reason", "because"),
        ("clients", "policy", "withdraw", client_id, world.records[client_id].draft_id),
    ))  # fmt: skip


def _role_that_may_not(world: Walls, rng: Random) -> Typed:
    return Typed(_changes(world, rng, OWN), world.token(rng.choice(NO_ADMIN)))


def _token_that_is_none(world: Walls, rng: Random) -> Typed:
    return Typed(_changes(world, rng, OWN), rng.choice(NO_TOKEN), is_asked=False)


def _another_firm(world: Walls, rng: Random) -> Typed:
    words = (*_changes(world, rng, OWN), "--firm", rng.choice((OTHER, "nobody", *HOSTILE)))
    return Typed(words, world.token("firm_admin"), is_asked=False)


def _client_out_of_reach(world: Walls, rng: Random) -> Typed:
    client_id, admin = rng.choice((FOREIGN, ABSENT)), world.token("firm_admin")
    words = rng.choice((("draft", client_id, "buffer_minor=1", "--reason", "why"), ("approve", client_id, "x"),
                        ("withdraw", client_id, world.records[OWN].draft_id)))  # fmt: skip
    return Typed(("clients", "policy", *words), admin)


def _rule_that_is_none(world: Walls, rng: Random) -> Typed:
    words = ("clients", "policy", "draft", rng.choice((OWN, COLLEAGUES)), rng.choice(NO_RULE), "--reason", "because")
    return Typed(words, world.token("firm_admin"))


def _no_change_at_all(world: Walls, rng: Random) -> Typed:
    words = ("clients", "policy", "draft", OWN, rng.choice(("", "buffer_minor", *HOSTILE[:2])), "--reason", "because")
    return Typed(words, world.token("firm_admin"), is_asked=False)


def _the_operator_agrees(world: Walls, rng: Random) -> Typed:
    words = ("clients", "policy", "approve", OWN, world.records[OWN].draft_id, "--firm", HARBOR)
    return Typed(words, is_asked=False)


def _hostile_argument(world: Walls, rng: Random) -> Typed:
    bad = rng.choice(HOSTILE)
    words = rng.choice((
        ("people", "add", "--name", "Eve", "--email", "eve@x.test", "--role", bad),
        ("people", "remove", bad),
        ("people", "confirm", bad),
        ("people", "withdraw", bad),
        ("clients", "policy", "approve", OWN, bad),
    ))  # fmt: skip
    return Typed(words, world.token("firm_admin"))


def _resume(world: Walls, rng: Random) -> Typed:
    client_id = rng.choice((OWN, FOREIGN, ABSENT, *HOSTILE))
    words = ("executor", "resume", "--client", client_id, "--reason", rng.choice(("looked", " ")), "--firm", HARBOR)
    return Typed(words)


def _resume_by_token(world: Walls, rng: Random) -> Typed:
    words = ("executor", "resume", "--client", OWN, "--reason", "looked")
    return Typed(words, world.token(rng.choice((*NO_ADMIN, "firm_admin"))), is_asked=False)


def _no_command(world: Walls, rng: Random) -> Typed:
    verb = rng.choice(("approve", "release", "cancel", "hold", "reissue", "close", "send"))
    words = ("payouts", verb, world.records[OWN].payout_id, *rng.choice(((), ("--force",), ("--no-guards",))))
    return Typed(words, world.token(rng.choice((*NO_ADMIN, "firm_admin"))), is_asked=False)


TRICKS: tuple[Callable[[Walls, Random], Typed], ...] = (
    _role_that_may_not, _token_that_is_none, _another_firm, _client_out_of_reach, _rule_that_is_none,
    _no_change_at_all, _the_operator_agrees, _hostile_argument, _resume, _resume_by_token, _no_command,
)  # fmt: skip
