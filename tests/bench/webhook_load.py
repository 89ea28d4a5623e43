"""A receiver process under load: the firm behind it, deliveries signed as the rails sign, and connections that send."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from ingestion.inbox import Inbox
from tests.execution.plane import client, demo_plane, onboarding
from tests.postgres_server import fresh_database, postgres

ROOT = Path(__file__).resolve().parents[2]
VERIFIER = "the-apps-verifier-token"
CLIENTS = 20
CONNECTIONS = 64  # What a busy hour's rails hold open together.
READY_SECONDS = 60


@contextlib.contextmanager
def stores(database: str, folder: Path) -> Iterator[dict[str, str]]:
    """The environment of an installation with its own control store and inbox. PostgreSQL is a durable one."""
    env = {"ROWCOL_DATA": str(folder), "ROWCOL_QBO_VERIFIER_TOKEN": VERIFIER}
    if database == "sqlite":
        control = f"sqlite:///{folder / 'control' / 'control.db'}"
        yield env | {"ROWCOL_CONTROL_URL": control, "ROWCOL_INBOX_URL": f"sqlite:///{folder / 'inbox.db'}"}
        return
    with postgres(is_durable=True) as server:
        yield env | {"ROWCOL_CONTROL_URL": fresh_database(server), "ROWCOL_INBOX_URL": fresh_database(server)}


def take_on(env: dict[str, str]) -> None:
    """Clients whose Ramp, Stripe and QBO tell us what changes."""
    rails = ("ramp", "stripe")
    clients = [
        client(name, position=position)
        | {"webhooks": {rail: {"path_key": f"{rail}-{name}", "secret": f"secret-{rail}-{name}"} for rail in rails}}
        for position, name in enumerate(f"c{number}" for number in range(CLIENTS))
    ]
    plane = demo_plane(Path(env["ROWCOL_DATA"]), env["ROWCOL_CONTROL_URL"], onboarding() | {"clients": clients})
    plane.store.dispose()


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery, and the key under which it must be stored. A forged one has none."""

    rail: str
    path: str
    body: bytes
    secret: str
    key: str | None

    def request(self) -> bytes:
        """As the rail sends it now: each attempt is signed anew, since Stripe signs the time."""
        digest = hmac.new(self.secret.encode(), self.body, hashlib.sha256)
        if self.rail == "ramp":
            header = f"X-Ramp-Signature: {digest.hexdigest()}"
        elif self.rail == "qbo":
            header = f"intuit-signature: {base64.b64encode(digest.digest()).decode()}"
        else:
            at = int(time.time())
            signed = hmac.new(self.secret.encode(), f"{at}.".encode() + self.body, hashlib.sha256).hexdigest()
            header = f"Stripe-Signature: t={at},v1={signed}"
        head = f"POST {self.path} HTTP/1.1\r\nHost: r\r\nContent-Type: application/json\r\n{header}\r\n"
        return f"{head}Content-Length: {len(self.body)}\r\n\r\n".encode() + self.body


def told(rng: random.Random, number: int, *, is_forged: bool = False) -> Told:
    """A delivery about one event, by one of three rails."""
    rail = rng.choices(("ramp", "stripe", "qbo"), (70, 15, 15))[0]
    name = f"c{rng.randrange(CLIENTS)}"
    secret = "somebody else's" if is_forged else VERIFIER if rail == "qbo" else f"secret-{rail}-{name}"
    event_id = f"evt-{number}"
    key = f"{rail}:{name}-{rail}:{event_id}"
    if rail == "ramp":
        body = _json(id=event_id, type="bills.paid", business_id=f"biz-{name}", object={"id": f"bill-{number}"})
    elif rail == "stripe":
        body = _json(id=event_id, type="invoice.paid", account=f"acct-{name}", data={"object": {"id": "in_1"}})
        key += f":acct-{name}"
    else:
        realm = f"realm-{name}"
        event = {"id": event_id, "type": "qbo.bill.updated.v1", "intuitentityid": "7", "intuitaccountid": realm}
        body = json.dumps([event]).encode()
    path = "/webhooks/qbo" if rail == "qbo" else f"/webhooks/{rail}/{rail}-{name}"
    return Told(rail, path, body, secret, None if is_forged else key)


def _json(**value: object) -> bytes:
    return json.dumps(value).encode()


class ReceiverProcess:
    """`python -m app.receiver` on a port of its own; ended with the context at the latest."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "app.receiver", "--port", str(self.port)]
        with log.open("ab") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}, stdout=out, stderr=out)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"the receiver did not start: {log.read_text()[-2000:]}")
            time.sleep(0.02)

    def __enter__(self) -> ReceiverProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """SIGKILL: nothing of it gets another turn."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; answers its exit code."""
        self.process.terminate()
        return self.process.wait(20)


@dataclass
class Load:
    """What connections sent and what came back. `left` is taken from its end."""

    left: list[Told]
    statuses: dict[int, int] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    forged_taken: int = 0
    took: list[float] = field(default_factory=list)

    def send(self, port: int, until_done: Callable[[], object] | None = None) -> None:
        """Send everything; returns early when the receiver is gone. What was not answered is in `left` again.

        `until_done` runs meanwhile, in this thread. The connections have a thread of their own: whoever drives a
        browser from this one has a loop running in it already.
        """
        with ThreadPoolExecutor(1) as aside:
            sending = aside.submit(asyncio.run, self._send(port))
            if until_done is not None:
                until_done()
            sending.result()

    async def _send(self, port: int) -> None:
        await asyncio.gather(*(self._connection(port) for _ in range(CONNECTIONS)))

    async def _connection(self, port: int) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            while self.left:
                one = self.left.pop()
                began = time.perf_counter()
                try:
                    writer.write(one.request())
                    status = await _status(reader)
                except (OSError, asyncio.IncompleteReadError):
                    self.left.append(one)
                    return
                self.took.append(time.perf_counter() - began)
                self._note(one, status)
        finally:
            writer.close()

    def _note(self, one: Told, status: int) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status == 204 and one.key is None:
            self.forged_taken += 1
        elif status == 204 and one.key is not None:
            self.acknowledged.add(one.key)


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    lowered = head.lower()
    if b"content-length:" in lowered:
        size = int(lowered.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        await reader.readexactly(size)
    return int(head[9:12])


def stored_keys(env: dict[str, str]) -> list[str]:
    """Every event's key as the inbox holds it, read anew from disk; one entry per row."""
    with Inbox(env["ROWCOL_INBOX_URL"]) as inbox:
        return [row.event_key for row in inbox.pending(limit=10_000_000)]
