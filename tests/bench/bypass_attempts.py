"""Attempts to get past the rules: each is one bad call, refused in a sentence, audited, and with nothing moved.

Kinds by entry: `service` (arguments that cannot be right, roles that may not), `api` (bodies, headers, encodings),
`tool` (the agent's face), `command` (`rowcol`, see `bypass_commands`), and in `bypass_forgeries` the executor itself,
fed with rows that somebody edited.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from fastapi.testclient import TestClient
from mcp import Client

from app.agent.server import serve
from app.api.assembly import assemble
from execution.errors import RowcolError
from execution.people.permissions import ROLES
from execution.service.declared import READS, declaration
from ingestion.inbox import Inbox
from tests.authorization.asking import arguments, takes
from tests.authorization.expected import allowed
from tests.authorization.test_routes import Route, body_of, path_of, routes
from tests.authorization.world import FOREIGN, HARBOR, OWN, Walls
from tests.bench.bypass_commands import answer, typed
from tests.execution.service.functions import asked_by_people

MONEY = [
    "payout",
    "hold",
    "hold_end",
    "rail_call",
    "approval",
    "account_cash",
    "limit_use",
    "policy",
    "membership",
    "client",
]
HOSTILE = (
    "", " ", "\x00", "a\x00b", "\ud800", "x" * 100_000, "invoice\u202efdp.exe", "\u2066hidden", "\x1b[2J", "../../etc",
    "' or 1=1 --", "'; drop table payout; --", "=cmd|'/c calc'!A1", "<script>alert(1)</script>", "${jndi:ldap://x}",
    "%00%0d%0aSet-Cookie:x", "\r\nX-Admin: 1", "qbo:1 union select 1", "🧨" * 200, "\uff1d1+1",
)  # fmt: skip
NEVER_TEXT = ("\x00", "a\x00b", "\ud800", "invoice\u202efdp.exe", "\u2066hidden", "\x1b[2J", "x" * 100_000)
NO_TEXT = (None, 5, 5.5, b"x", True, ["x"], {"x": 1}, math.nan)
NO_NUMBER = (-1, 0, 10**18, 2**63, 1.5, math.nan, math.inf, "5", None, True, -(2**60))
NO_DAY = ("2026-11-24", 5, datetime(2026, 1, 1), datetime(9999, 1, 1), True)
NO_LIST = ("qbo:002", 5, {"qbo:002": 1}, [5], ["\x00"], ["x" * 5000], ["qbo:002"] * 2000, [])


@dataclass
class Count:
    """What became of the attempts."""

    attempts: int = 0
    refused: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def add(self, kind: str, said: str | None, what: str, *, moved: bool, audited: bool) -> None:
        """One attempt: the sentence that refused it, None when nothing did."""
        self.attempts += 1
        self.by_kind[kind] = self.by_kind.get(kind, 0) + 1
        if said is None:
            self.wrong.append(f"{what}: was not refused")
        elif len(said) < 12 or "Traceback" in said or "Error(" in said:
            self.wrong.append(f"{what}: is refused without a sentence: {said[:100]!r}")
        else:
            self.refused += 1
        if moved:
            self.wrong.append(f"{what}: something moved")
        if not audited:
            self.wrong.append(f"{what}: left no audit row")


class Faces:
    """The service, the API and the agent's tools over one world."""

    def __init__(self, world: Walls, seed: int) -> None:
        self.world, self.rng, self.seed = world, random.Random(seed), seed
        self.functions = {
            name: one
            for name, one in asked_by_people(world.plane).items()
            if declaration(one).verb not in READS  # type: ignore[union-attr]
        }  # fmt: skip
        api = assemble(world.plane, Inbox(f"sqlite:///{world.folder}/inbox/inbox.db"))
        self.http = TestClient(api, raise_server_exceptions=False)
        self.routes = [one for one in routes(api, world.plane) if one.method == "POST"]
        self._raw = sqlite3.connect(str(world.plane.store.engine.url.database), check_same_thread=False)

    def state(self) -> tuple[Any, ...]:
        """Where money and rights stand, in few numbers."""
        found: list[Any] = []
        for table in MONEY:
            found += self._raw.execute(f"select count(*) from {table}").fetchone()
        found += self._raw.execute("select sum(version), sum(amount_minor), max(updated_at) from payout").fetchone()
        return tuple(found)

    def trail(self) -> int:
        """How many events all chains hold."""
        return int(self._raw.execute("select coalesce(sum(seq), 0) from chain_head").fetchone()[0])

    def service(self, count: Count) -> None:
        """A function with one argument that cannot be right, or by somebody who may not."""
        name = self.rng.choice(list(self.functions))
        function = self.functions[name]
        verb = declaration(function).verb  # type: ignore[union-attr]
        role = self.rng.choice(ROLES)
        given = arguments(name, function, self.world.records[OWN])
        may = verb in allowed()[role]
        if not given:
            return
        broken = "role" if not may and self.rng.random() < 0.3 else self.rng.choice(list(given))
        if broken != "role":
            kind = str(takes(function)[broken].annotation)
            bad = self._bad(broken, kind)
            if bad is ...:
                return
            given[broken] = bad
        elif may:
            return
        before, trail = self.state(), self.trail()
        said: str | None = None
        try:
            function(self.world.people[role], **given)
        except RowcolError as error:
            said = str(error)
        except Exception as error:
            count.wrong.append(
                f"seed {self.seed}: {name} by {role} with {broken}={given.get(broken)!r:.80}: {error!r:.200}"
            )
            said = str(error)
        moved = self.state() != before
        what = f"seed {self.seed}: {name} by {role} with {broken}={str(given.get(broken))[:60]!r}"
        count.add("service", said, what, moved=moved, audited=self.trail() > trail)
        if moved or said is None:
            self.world.restore()

    def _bad(self, name: str, kind: str) -> Any:
        """A value that this argument can never take; `...` where any text would do no harm."""
        optional = kind.endswith(" | None")
        kind = kind.removesuffix(" | None")
        if kind == "str":
            choices = (*NEVER_TEXT, *NO_TEXT)
        elif kind == "int":
            choices = tuple(value for value in NO_NUMBER if value not in (0,))
        elif kind in ("date", "datetime"):
            choices = NO_DAY
        elif kind in ("Sequence[str]", "Iterable[str]", "list[str]"):
            choices = NO_LIST
        else:
            return ...
        bad = self.rng.choice(choices)
        return ... if bad is None and optional else bad

    def api(self, count: Count) -> None:
        """A request that is wrong in its body, its headers or its encoding."""
        route = self.rng.choice(self.routes)
        trick = self.rng.choice(list(API_TRICKS))
        if not route.body and trick not in WITHOUT_BODY:
            return
        role = self.rng.choice(("controller", "advisor", "bookkeeper", "agent", "client_owner"))
        before, trail = self.state(), self.trail()
        request = API_TRICKS[trick](self, route, role)
        if request is None:
            return
        answer = self.http.request(**request)
        what = f"seed {self.seed}: {trick} at {route} by {role}"
        said: str | None = None
        if answer.status_code >= 500:
            count.wrong.append(f"{what}: answered {answer.status_code}")
        if answer.status_code >= 400:
            said = str(answer.json().get("detail")) if "json" in answer.headers.get("content-type", "") else ""
        moved = self.state() != before
        audited = self.trail() > trail or answer.status_code in (404, 405)
        count.add("api", said, what, moved=moved, audited=audited)
        if moved or said is None:
            self.world.restore()

    def command(self, count: Count) -> None:
        """A command line that changes people, rules or a halt, by whoever may not or with what cannot be."""
        one = typed(self.world, self.rng)
        before, trail = self.state(), self.trail()
        said, fell = answer(self.world, one)
        what = f"seed {self.seed}: rowcol {' '.join(one.words)!r:.120}"
        if fell is not None:
            count.wrong.append(f"{what}: {fell!r:.200}")
        moved, audited = self.state() != before, self.trail() > trail or not one.is_asked
        count.add("command", said, what, moved=moved, audited=audited)
        if moved or said is None:
            self.world.restore()

    def tool(self, count: Count, size: int) -> None:
        """Calls of the agent's tools over the protocol: tools that do not exist, arguments that nothing takes."""
        # In a thread of its own: whoever drives a browser from this one has a loop running in it already.
        with ThreadPoolExecutor(1) as aside:
            aside.submit(asyncio.run, self._tools(count, size)).result()

    async def _tools(self, count: Count, size: int) -> None:
        async with Client(serve(self.world.plane, self.world.token("agent"))) as client:
            for _ in range(size):
                name, given = self.rng.choice(TOOL_TRICKS)(self)
                before, trail = self.state(), self.trail()
                try:
                    answer = await client.call_tool(name, given)
                    text = answer.content[0].text  # type: ignore[union-attr]
                    said = text if answer.is_error else None
                except Exception as error:
                    said = str(error)
                known = name in {"propose", "payout", "bills", "verdict_preview", "audit_of_payout"}
                arrived = known and all(isinstance(value, str) for value in given.values())
                audited = self.trail() > trail or not arrived
                what = f"seed {self.seed}: tool {name}({str(given)[:80]})"
                count.add("tool", said, what, moved=self.state() != before, audited=audited)


def _request(faces: Faces, route: Route, role: str, **more: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {faces.world.token(role)}", "Content-Type": "application/json",
               "Idempotency-Key": f"key-{faces.rng.randrange(10**9)}"}  # fmt: skip
    path = path_of(route, faces.world.records[OWN], HARBOR)
    return {"method": "POST", "url": path, "headers": headers | more.pop("headers", {}), **more}


def _fields(faces: Faces, route: Route, **more: Any) -> bytes:
    return json.dumps({**body_of(route, faces.world.records[OWN]), **more}).encode()


def _wrong_field(faces: Faces, route: Route, role: str) -> dict[str, Any] | None:
    name = faces.rng.choice(("amount_minor", "amount", "vendor_id", "role", "advisor_id", "approved_by", "__proto__"))
    return _request(
        faces, route, role, content=_fields(faces, route, **{name: faces.rng.choice((-1, 1e308, "x", None))})
    )


def _wrong_kind(faces: Faces, route: Route, role: str) -> dict[str, Any] | None:
    if not route.body:
        return None
    name = faces.rng.choice(route.body)
    bad = faces.rng.choice(({"x": {"y": 1}}, [[[]]], {"$ne": None}))
    return _request(faces, route, role, content=_fields(faces, route, **{name: bad}))


def _twice(faces: Faces, route: Route, role: str) -> dict[str, Any] | None:
    if not route.body:
        return None
    body = _fields(faces, route)
    return _request(faces, route, role, content=body[:-1] + b', "' + route.body[0].encode() + b'": "second"}')


def _encoded(faces: Faces, route: Route, role: str) -> dict[str, Any] | None:
    text = _fields(faces, route).decode()
    bad = faces.rng.choice(
        (text.encode("utf-16"), b"\xff\xfe" + text.encode(), text.encode("utf-32"), b"\x80" + text.encode())
    )
    return _request(faces, route, role, content=bad)


def _broken(faces: Faces, route: Route, role: str) -> dict[str, Any] | None:
    if not route.body:
        return None
    deep = 30 + faces.rng.randrange(5000)
    nested = (b"[" * deep + b"]" * deep, b'{"a":' * deep + b"1" + b"}" * deep)
    bad = faces.rng.choice((b"{", b"[]", b"null", b"1", b'"x"', *nested, b'{"note": NaN}', b'{"note": Infinity}',
                            b"{'note': 1}", b"\x80", b"x" * 300_000))  # fmt: skip
    return _request(faces, route, role, content=bad)


def _elsewhere(faces: Faces, route: Route, role: str) -> dict[str, Any] | None:
    records = replace(faces.world.records[OWN], client_id=faces.rng.choice((FOREIGN, "c99", "%2e%2e", "c01%00", "*")))
    asked = _request(faces, route, role, content=_fields(faces, route))
    if "{client_id}" not in route.path:
        return None
    return asked | {"url": path_of(route, records, HARBOR)}


def _token(faces: Faces, route: Route, role: str) -> dict[str, Any] | None:
    bad = faces.rng.choice(("", "rc_", "rc_agent_x", "x" * 9000, "null", "' or 1=1 --", "rc_" + "\u00e9"))
    headers = {"Authorization": f"Bearer {bad}".encode("latin-1")}
    return _request(faces, route, role, content=_fields(faces, route), headers=headers)


def _not_allowed(faces: Faces, route: Route, role: str) -> dict[str, Any] | None:
    who = faces.rng.choice([one for one in ROLES if route.verb not in allowed()[one]] or ["none"])
    return None if who == "none" else _request(faces, route, who, content=_fields(faces, route))


API_TRICKS: dict[str, Callable[[Faces, Route, str], dict[str, Any] | None]] = {
    "a field that the request has not": _wrong_field,
    "a field of another kind": _wrong_kind,
    "a field twice": _twice,
    "another encoding": _encoded,
    "no JSON object": _broken,
    "a client out of reach": _elsewhere,
    "a token that is none": _token,
    "a role that may not": _not_allowed,
}


def _no_tool(faces: Faces) -> tuple[str, dict[str, Any]]:
    name = faces.rng.choice(
        ("approve", "release", "hold", "cancel", "change_policy", "add_person", "issue_token", "../propose")
    )
    return name, {"payout_id": faces.world.records[OWN].payout_id}


def _hostile_id(faces: Faces) -> tuple[str, dict[str, Any]]:
    bad = faces.rng.choice([text for text in HOSTILE if "\ud800" not in text])
    if faces.rng.random() < 0.5:
        return "propose", {"client_id": bad, "source_bill_id": "qbo:003"}
    return faces.rng.choice((("payout", {"payout_id": bad}), ("audit_of_payout", {"payout_id": bad}),
                             ("propose", {"client_id": OWN, "source_bill_id": bad})))  # fmt: skip


def _extra(faces: Faces) -> tuple[str, dict[str, Any]]:
    bad = faces.rng.choice((5, 1.5, None, ["x"], {"a": 1}, True))
    return "propose", {"client_id": OWN, "source_bill_id": bad}


def _no_day(faces: Faces) -> tuple[str, dict[str, Any]]:
    day = faces.rng.choice(("yesterday", "2026-13-01", "", "0000-00-00", "2026-11-24T10:00", "x" * 500, "1999-01-01"))
    return "propose", {"client_id": OWN, "source_bill_id": "qbo:004", "arrival_date": day, "note": "\x00"}


# The other tricks are about a body, and a route that takes none reads none.
WITHOUT_BODY = ("a client out of reach", "a token that is none", "a role that may not")
TOOL_TRICKS = (_no_tool, _hostile_id, _extra, _no_day)


def run(world: Walls, seed: int, sizes: dict[str, int]) -> Count:
    """So many attempts of each kind."""
    faces, count = Faces(world, seed), Count()
    for kind in ("service", "api", "command"):
        while count.by_kind.get(kind, 0) < sizes.get(kind, 0):
            getattr(faces, kind)(count)
            if count.attempts % 2000 == 1999:
                world.restore()
    if sizes.get("tool"):
        faces.tool(count, sizes["tool"])
    world.restore()
    return count
