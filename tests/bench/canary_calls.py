"""Random people, each call of every face, and a search of every answer for what belongs to another firm."""

from __future__ import annotations

import asyncio
import base64
import inspect
import io
import json
import random
import re
import sqlite3
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool

from app.agent.tools import Tools
from app.api.assembly import assemble
from app.queries import (
    bills,
    cash,
    hygiene,
    metrics,
    portfolio,
    rails,
    reconciliation,
    snapshot,
    variances,
    verification,
)
from execution.clock import FixedClock
from execution.errors import RowcolError
from execution.facts.snapshot import open_snapshot
from execution.people import Principal
from execution.service import connect
from execution.settings import Settings
from ingestion.inbox import Inbox
from tests.authorization.asking import arguments
from tests.authorization.test_routes import Route, body_of, path_of, routes
from tests.authorization.world import NOW, Records
from tests.bench.canary_world import ROLES, Mark, read_records
from tests.execution.service.functions import asked_by_people

READERS = (bills, cash, hygiene, metrics, portfolio, rails, reconciliation, variances, verification)
SEEN = re.compile(r"iq(\d{3})qi|zq(\d{3})qz|(?<![0-9A-Za-z])91(\d{3})55\d{3}(?![0-9A-Za-z])")
PUNCTUATION = str.maketrans("", "", ",.")
BURST = 2000  # Calls among the same few firms, so that caches are met warm, by one firm after the other.
RESTORE_EVERY = 3000
WEIGHED_FROM = 20_000  # Below it, measuring what each kind costs would cost more than the run.


@dataclass
class Tally:
    """What a run saw."""

    calls: int = 0
    refused: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Bench:
    """One process's store and faces over the firms of a built folder."""

    def __init__(self, folder: Path, control: Path, firms: int, seed: int) -> None:
        snapshot.OPEN_SNAPSHOTS = 12
        snapshot.LOCKED_DOWN["threads"] = "1"
        self.firms, self.rng, self.seed = firms, random.Random(seed), seed
        env = {"ROWCOL_DATA": str(folder), "ROWCOL_MODE": "demo", "ROWCOL_CONTROL_URL": f"sqlite:///{control}"}
        self.plane = connect(Settings.from_env(env), clock=FixedClock(NOW), machine_clock=FixedClock(NOW))
        self.records = read_records(folder)
        self._people: dict[tuple[int, str], Principal] = {}
        self._named: dict[int, set[int]] = {}
        self._opened: dict[str, tuple[Any, Any]] = {}
        self.plane.payouts._snapshot = self._snapshot  # type: ignore[method-assign]
        self.plane.permits  # noqa: B018
        self.folder = folder
        _in_this_thread()
        self.functions = asked_by_people(self.plane)
        self.api = assemble(self.plane, Inbox(f"sqlite:///{control.parent}/inbox.db"))
        self.routes = routes(self.api, self.plane)
        self.loop = asyncio.new_event_loop()
        self._control = control
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        with sqlite3.connect(control) as now:
            now.backup(self._kept)
        self.kinds = self._kinds()

    def close(self) -> None:
        """Gives everything back."""
        for _, context in self._opened.values():
            context.__exit__(None, None, None)
        self.loop.close()
        self.plane.store.dispose()

    def run(self, calls: int, *, until_found: bool = False) -> Tally:
        """So many calls; with `until_found` no further than the first foreign canary, and each kind as often."""
        tally, names = Tally(), list(self.kinds)
        weights = None if until_found or calls < WEIGHED_FROM else self._weights()
        begun, few = time.perf_counter(), [0]
        for number in range(calls):
            if number % BURST == 0:
                few = [self.rng.randrange(self.firms) for _ in range(3)]
            if number % RESTORE_EVERY == RESTORE_EVERY - 1:
                self.restore()
            [name] = self.rng.choices(names, weights)
            self._one(tally, name, Mark(self.rng.choice(few)))
            if until_found and tally.foreign:
                break
        tally.seconds = time.perf_counter() - begun
        self.restore()
        return tally

    def restore(self) -> None:
        """Puts the store back: calls that are allowed write."""
        with sqlite3.connect(self._control) as now:
            self._kept.backup(now)
        self._named.clear()

    def _one(self, tally: Tally, name: str, mark: Mark) -> None:
        role = self.rng.choice((*ROLES, "agent"))
        sides = self.rng.choices(("own", "colleagues", "removed", "foreign"), (4, 1, 1, 4))[0]
        theirs = mark
        while sides == "foreign" and theirs.number == mark.number:
            theirs = Mark(self.rng.randrange(self.firms))
        records = marked(self.records["own" if sides == "foreign" else sides], theirs)
        try:
            answer = self.kinds[name](mark, role, records)
        except RowcolError as error:
            answer, tally.refused = f"{error} {getattr(error, 'verdicts', '')}", tally.refused + 1
        except Exception as error:
            tally.broke.append(f"{name} by {role} of {mark.number} on {sides} of {theirs.number}: {error!r}")
            answer = repr(error)
        # What a firm's own people typed stands in its own audit log from then on.
        self._named.setdefault(mark.number, {mark.number}).add(theirs.number)
        tally.calls += 1
        kind = name.split(" ")[0]
        tally.by_kind[kind] = tally.by_kind.get(kind, 0) + 1
        found = foreign(text_of(answer), mark.number, self._named[mark.number])
        if found:
            tally.foreign.append(f"seed {self.seed}, call {tally.calls}: {name} by {role} of firm {mark.number}, asked "
                                 f"about firm {theirs.number}, saw {sorted(found)[:3]}")  # fmt: skip

    def _weights(self) -> list[float]:
        """Cheap calls more often, so that a million fit; the dearest (a pack that a signer seals) still 200 times."""
        costs, scratch = [], Tally()
        for name in self.kinds:
            self._one(scratch, name, Mark(0))
            begun = time.perf_counter()
            for _ in range(3):
                self._one(scratch, name, Mark(0))
            costs.append((time.perf_counter() - begun) / 3)
        self.restore()
        shares = [cost**-0.8 for cost in costs]
        return [max(share / sum(shares), 0.0002) for share in shares]

    def _kinds(self) -> dict[str, Callable[[Mark, str, Records], Any]]:
        kinds: dict[str, Callable[[Mark, str, Records], Any]] = {}
        for name, function in self.functions.items():
            kinds[f"service {name}"] = lambda mark, role, records, n=name, f=function: f(
                self._person(mark, role), **arguments(n, f, records)
            )
        for module in READERS:
            for name, reader in inspect.getmembers(module, inspect.isfunction):
                if reader.__module__ == module.__name__ and not name.startswith("_"):
                    kinds[f"figures {name}"] = lambda mark, role, records, f=reader: self._read(f, mark, role, records)
        for tool in Tools(self.plane, "").all():
            name = tool.__name__
            kinds[f"tool {name}"] = lambda mark, role, records, n=name: self._tool(n, mark, records)
        for route in self.routes:
            kinds[f"api {route}"] = lambda mark, role, records, r=route: self._call(r, mark, role, records)
        return kinds

    def _person(self, mark: Mark, role: str) -> Principal:
        key = (mark.number, role)
        if key not in self._people:
            self._people[key] = self.plane.people.principal_for_api_token(mark.token(role))
        # As a session: a program's token may not do everything that a person may.
        return replace(self._people[key], via="agent" if role == "agent" else "session")

    def _read(self, reader: Any, mark: Mark, role: str, records: Records) -> Any:
        who = self._person(mark, role)
        scope = snapshot.current(self.folder / "published", who.advisor_id).scope(who.client_ids)
        more = {
            "client_id": records.client_id, "side": "payable", "first_week": 2, "last_week": 13, "week_number": 3,
            "posting_id_plaid": "post00", "record_id": "002", "week_start_date": None, "most": 5,
        }  # fmt: skip
        return reader(scope, **{n: more[n] for n in list(inspect.signature(reader).parameters)[1:]})

    def _tool(self, name: str, mark: Mark, records: Records) -> Any:
        """The agent's face; only the controller's agent has a token of that kind."""
        more = {
            "client_id": records.client_id, "payout_id": records.payout_id, "source_bill_id": records.source_bill_id,
            "source_bill_ids": [records.source_bill_id], "states": None, "note": "asked", "arrival_date": None,
        }  # fmt: skip
        tool = getattr(Tools(self.plane, mark.token("agent")), name)
        return tool(**{n: more[n] for n in inspect.signature(tool).parameters})

    def _call(self, route: Route, mark: Mark, role: str, records: Records) -> str:
        address = mark.advisor_id if self.rng.random() < 0.8 else records.advisor_id
        body = json.dumps(body_of(route, records)).encode() if route.body else b""
        headers = {
            "authorization": f"Bearer {mark.token(role)}", "content-type": "application/json",
            "idempotency-key": f"key-{self.rng.randrange(10**9):09d}",
        }  # fmt: skip
        return self.loop.run_until_complete(
            _asgi(self.api, route.method, path_of(route, records, address), headers, body)
        )

    @contextmanager
    def _snapshot(self, advisor_id: str) -> Iterator[Any]:
        """As the desk opens it, kept open: opening one takes longer than everything else of a call."""
        if advisor_id not in self._opened:
            if len(self._opened) > 5:
                self._opened.pop(next(iter(self._opened)))[1].__exit__(None, None, None)
            context = open_snapshot(self.folder, advisor_id)
            self._opened[advisor_id] = (context.__enter__(), context)
        yield self._opened[advisor_id][0]


def _in_this_thread() -> None:
    """The API's threads are the server's matter: here each exchange runs through in one."""

    async def direct(function: Any, /, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    for module in list(sys.modules.values()):
        # Some modules import, or refuse, when they are asked for what they do not hold.
        if vars(module).get("run_in_threadpool") is run_in_threadpool:
            module.run_in_threadpool = direct  # type: ignore[attr-defined]


def marked(records: Records, mark: Mark) -> Records:
    """The template's records as another firm has them."""
    values = {one.name: getattr(records, one.name) for one in fields(records)}
    same = {"source_bill_id", "payload_sha256"}
    told = {name: value if name in same else f"{value}-{mark.of_id}" for name, value in values.items()}
    return replace(records, **(told | {"advisor_id": mark.advisor_id}))


def foreign(text: str, own: int, named: set[int]) -> set[str]:
    """Canaries of other firms in an answer. An id that the firm's people named before may be repeated to them."""
    found = set()
    for match in SEEN.finditer(text):
        number = int(match[1] or match[2] or match[3])
        if number != own and not (match[1] and number in named):
            found.add(match[0])
    return found


def text_of(answer: Any) -> str:
    """Everything that an answer holds, packed files opened, and amounts without their separators."""
    if isinstance(answer, bytes) and answer[:2] == b"PK":
        return _unpacked(answer)
    text = answer if isinstance(answer, str) else repr(answer)
    return f"{text}\n{text.translate(PUNCTUATION)}"


def _unpacked(pack: bytes) -> str:
    parts = []
    with zipfile.ZipFile(io.BytesIO(pack)) as opened:
        for name in opened.namelist():
            text = opened.read(name).decode("utf-8", "replace")
            parts.append(text)
            for encoded in re.findall(r'"body": ?"([A-Za-z0-9+/=]+)"', text):
                parts.append(base64.b64decode(encoded).decode("utf-8", "replace"))
    return "\n".join(parts)


async def _asgi(api: Any, method: str, path: str, headers: dict[str, str], body: bytes) -> str:
    """One exchange without a socket: status, headers and body as text."""
    told: list[str] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80), "headers": [(n.encode(), v.encode()) for n, v in headers.items()],
    }  # fmt: skip
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return waiting.pop() if waiting else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        told.append(f"{message.get('status', '')} {message.get('headers', '')} {message.get('body', b'').decode()}")

    await api(scope, receive, send)
    if "500 " in told[0][:4]:
        raise RuntimeError(f"{method} {path} answered {told}")
    return "\n".join(told)
