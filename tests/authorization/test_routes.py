"""Every route of the API × every role × every side of every wall: its verb is that of the function it calls."""

from __future__ import annotations

import ast
import inspect
import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from app.api.assembly import assemble
from execution.domain.payload import hash_of_list
from execution.people.api_tokens import token_id
from execution.people.permissions import ROLES, Verb
from execution.people.sessions import short_id
from execution.service import ControlPlane
from execution.service.declared import declaration
from ingestion.inbox import Inbox
from tests.authorization.asking import PLAIN, alike
from tests.authorization.expected import allowed, still_for_removed
from tests.authorization.world import ABSENT, COLLEAGUES, FOREIGN, HARBOR, OTHER, OWN, REMOVED, Records, Walls
from tests.execution.service.functions import functions

# Who calls these proves it otherwise: a rail by its signature, a reader of the documentation by nothing at all.
OPEN = re.compile(r"/webhooks/|/health$|/docs|/openapi")
SIDES = (OWN, COLLEAGUES, REMOVED, FOREIGN)
BODY: dict[str, Any] = {**PLAIN, "note": "due", "reason": "asked by a test"}


@dataclass(frozen=True)
class Route:
    """One address and method: the function behind it, and what its body takes."""

    method: str
    path: str
    calls: str | None
    verb: Verb
    body: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@pytest.fixture(scope="session")
def api(world: Walls) -> FastAPI:
    return assemble(world.plane, Inbox(f"sqlite:///{world.folder}/inbox/inbox.db"))


@pytest.fixture(scope="session")
def http(api: FastAPI) -> Iterator[TestClient]:
    with TestClient(api, raise_server_exceptions=False) as made:
        yield made


def routes(api: FastAPI, plane: ControlPlane) -> list[Route]:
    """Every route that asks who calls; the verb comes from the service function in its code, SEE without one."""
    known, document, found = functions(plane), api.openapi(), []
    for one in _flat(api.routes):
        if OPEN.search(one.path):
            continue
        tree = ast.parse(textwrap.dedent(inspect.getsource(one.endpoint)))
        reached = [
            f"{node.value.attr}.{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute)
        ]
        calls = next((name for name in reached if name in known), None)
        says = declaration(known[calls]) if calls else None
        verb = (says.verb if says else None) or Verb.SEE
        for method in sorted(one.methods or ()):
            told = document["paths"].get(one.path, {}).get(method.lower(), {})
            schema = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            model = document["components"]["schemas"].get(schema.get("$ref", "").rsplit("/", 1)[-1], {})
            found.append(Route(method, one.path, calls, verb, tuple(model.get("properties", ()))))
    return found


def _flat(routes: Any) -> Iterator[APIRoute]:
    for one in routes:
        if isinstance(one, APIRoute):
            yield one
        elif inner := getattr(getattr(one, "original_router", one), "routes", None):
            yield from _flat(inner)


def path_of(route: Route, records: Records, address: str) -> str:
    """The address with the records' ids in it."""
    given = asdict(records) | {"advisor_id": address}
    return re.sub(r"\{(\w+)[^}]*\}", lambda match: str(given.get(match[1], "none")), route.path)


def body_of(route: Route, records: Records) -> dict[str, Any]:
    """A fitting body; a field that is not known here is left out."""
    given = asdict(records) | {"source_bill_ids": [records.source_bill_id], "payout_ids": [records.payout_id]}
    given |= {"hygiene_item_id": f"h-{records.client_id}", "list_sha256": hash_of_list([records.payload_sha256])}
    given["payloads"] = {records.payout_id: records.payload_sha256}
    given["dates"] = {records.source_bill_id: "2026-12-04"}
    given["scenario_ids"] = [records.scenario_id]
    body = {name: given[name] if name in given else BODY[name] for name in route.body if name in given or name in BODY}
    return dict(json.loads(json.dumps(body, default=str)))


def call(http: TestClient, route: Route, records: Records, token: str | None, address: str = HARBOR) -> Any:
    """The call with fitting arguments, aimed at records."""
    body = body_of(route, records) if route.body else None
    headers = {"Idempotency-Key": "key-00000001"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return http.request(route.method, path_of(route, records, address), json=body, headers=headers)


def shown(answer: Any, records: Records) -> tuple[int, str]:
    """Status and words, with the ids of the records taken out."""
    text = re.sub(r'"(correlation_id|batch_id)":"[^"]*"', "", answer.text)
    return answer.status_code, alike(text, records)


def own(world: Walls, role: str, records: Records) -> Records:
    """The records with the person's own session and token in them, where they may have one."""
    who = world.people[role]
    has_token = Verb.ISSUE_TOKEN in allowed()[role]
    token = token_id(world.plane.people.issue_api_token(who, "own")) if has_token else records.token_id
    return replace(records, session_id=short_id(who.session_id), token_id=token)


@pytest.mark.parametrize("role", ROLES)
def test_a_route_answers_as_the_function_behind_it(world: Walls, http: TestClient, api: FastAPI, role: str) -> None:
    token, wrong = world.token(role), []
    known = routes(api, world.plane)
    assert len(known) >= 5
    for route in known:
        for side in SIDES:
            records = world.records[side]
            names_client = bool(re.search(r"client_id|payout_id|ruling_id|batch_id", f"{route.path}{route.body}"))
            names_firm = bool(re.search(r"\{(person|session|token|request|tier_request)_id", route.path))
            if names_firm and not names_client and side in (COLLEAGUES, REMOVED):
                continue  # Records of the firm itself stand on no side of a wall inside it.
            if "/me/" in route.path and side == OWN:
                records = own(world, role, records)
            before = world.lengths()
            answer = call(http, route, records, token)
            after = world.lengths()
            name = f"{route} by {role} on {side}"
            serves = side == OWN or not (names_client or names_firm) or (side == COLLEAGUES and role == "firm_admin")
            if answer.status_code >= 500:
                wrong.append(f"{name}: {answer.status_code}")
            if after.get(OTHER) != before.get(OTHER):
                wrong.append(f"{name}: wrote to the other firm's chain")
            if answer.status_code in (401, 403, 404):
                refused = [one for one in world.events(HARBOR, before[HARBOR]) if one["to"] == "refused"]
                if len(refused) != 1 or refused[0]["actor"]["person"] != world.people[role].person_id:
                    wrong.append(f"{name}: {answer.status_code} left {len(refused)} refusals")
            world.restore()
            if side == REMOVED and not serves and still_for_removed(route.calls, route.verb):
                continue  # Answered or not: both are right, and neither takes anything further.
            if serves and route.verb not in allowed()[role]:
                # A body may be found wanting before anybody asks for rights: both refuse.
                if answer.status_code not in (403, 422):
                    wrong.append(f"{name}: lacks {route.verb}, answered {answer.status_code}")
            elif serves:
                if answer.status_code in (401, 403, 404) and route.calls is not None:
                    wrong.append(f"{name}: has {route.verb}, answered {answer.status_code} {answer.text[:200]}")
            elif side == REMOVED:
                if answer.status_code not in (403, 404, 422):
                    wrong.append(f"{name}: the client was removed, answered {answer.status_code}")
            else:
                nothing = call(http, route, world.records[ABSENT], token)
                world.restore()
                if shown(answer, records) != shown(nothing, world.records[ABSENT]) or nothing.status_code < 400:
                    wrong.append(f"{name}: {shown(answer, records)} and for none at all {nothing.text[:300]}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_another_firms_address_reads_like_none(world: Walls, http: TestClient, api: FastAPI, role: str) -> None:
    for route in routes(api, world.plane):
        if "{advisor_id}" not in route.path:
            continue
        theirs = call(http, route, world.records[FOREIGN], world.token(role), OTHER)
        nobody = call(http, route, world.records[FOREIGN], world.token(role), "nobody")
        assert theirs.status_code == nobody.status_code == 404, str(route)
        assert theirs.text.replace(OTHER, "…") == nobody.text.replace("nobody", "…"), str(route)
    world.restore()


def test_without_a_live_token_every_route_answers_alike(world: Walls, http: TestClient, api: FastAPI) -> None:
    for route in routes(api, world.plane):
        for token in (None, "rc_none", "rc_agent_none", "x" * 5000):
            before = world.lengths()
            answer = call(http, route, world.records[OWN], token)
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), str(route)
            assert "c01" not in answer.text and "Client" not in answer.text
            after = world.lengths()
            assert after == {**before, "system": before.get("system", 0) + 1}, str(route)
    world.restore()


def test_an_assignment_that_ended_closes_every_route(world: Walls, http: TestClient, api: FastAPI) -> None:
    try:
        for role in ROLES:
            world.expire(role)
            for route in routes(api, world.plane):
                answer = call(http, route, world.records[OWN], world.token(role))
                assert answer.status_code == 401 and "ask the firm admin" in answer.text, (role, str(route))
            world.restore()
    finally:
        world.restore()
