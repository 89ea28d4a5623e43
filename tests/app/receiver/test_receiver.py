"""The receiver's application over a real control plane and inbox: whose, proven, bounded, two secrets, one address."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from app.api.envelope import BODY_LIMIT_BYTES
from app.receiver.addresses import KEPT_SECONDS, LOOK_AGAIN_SECONDS, TRY_AGAIN_SECONDS, Addresses
from app.receiver.refusal_rows import ROW_EVERY_SECONDS, RefusalRows
from app.receiver.server import assemble, body_days
from app.receiver.taking import Receiver
from execution.errors import Invalid, NotFound
from execution.service import ControlPlane
from execution.service.receiving import OLD_SECRET_GOOD_FOR, SECRET_MIN
from execution.store.tables import audit
from ingestion.inbox import Inbox
from tests.execution.plane import NOW, demo_plane

VERIFIER = "the-apps-verifier"


class Hands:
    """A monotonic clock that a test moves."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class World:
    plane: ControlPlane
    inbox: Inbox
    http: TestClient

    def deliver(self, event_id: str, *, secret: str = "hook-secret", client: str = "c1", path: str = "") -> int:
        body = json.dumps({"id": event_id, "type": "bills.paid", "object": {"id": "b1"}}).encode()
        headers = {"X-Ramp-Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
        return self.http.post(path or f"/webhooks/ramp/path-{client}", content=body, headers=headers).status_code

    def refused_rows(self) -> list[dict[str, Any]]:
        with self.plane.store.read() as cx:
            bodies = cx.execute(sa.select(audit.c.body).order_by(audit.c.chain_id, audit.c.seq)).scalars()
            rows = [json.loads(bytes(body)) for body in bodies]
        return [row for row in rows if row["action"].startswith("webhook.")]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    plane = demo_plane(tmp_path)
    inbox = Inbox(f"sqlite:///{tmp_path}/inbox.db", app_secrets={"qbo": ("the-one-before", VERIFIER)})
    with TestClient(assemble(plane.receiving, inbox)) as http:
        yield World(plane, inbox, http)
    plane.store.dispose()


def test_a_proven_delivery_is_stored_under_its_client_and_a_forged_one_is_not(world: World) -> None:
    assert [world.deliver("e1"), world.deliver("e1"), world.deliver("e2", client="c2")] == [204, 204, 204]
    assert world.deliver("e3", secret="guessed") == 401
    assert [(row.client_id, row.object_id) for row in world.inbox.pending()] == [("c1", "b1"), ("c2", "b1")]
    assert world.http.get("/health").json() == {"status": "ok"}


def test_what_is_no_delivery_says_how_to_deliver(world: World) -> None:
    for method, path, status in (("GET", "/webhooks/ramp/path-c1", 405), ("POST", "/elsewhere", 404)):
        answer = world.http.request(method, path)
        assert answer.status_code == status and "/webhooks/<rail>/<path key>" in answer.json()["detail"]
    large = world.http.post("/webhooks/ramp/path-c1", content=b"x" * (BODY_LIMIT_BYTES + 1))
    assert (large.status_code, large.json()["code"]) == (413, "too_large")
    assert world.deliver("e1", path="/webhooks/ramp") == 404, "Ramp has an address per subscription"


def test_ramps_challenge_is_asked_to_come_again_until_its_secret_is_stored(world: World) -> None:
    body = json.dumps({"type": "webhooks.verification", "challenge": "say this"}).encode()
    headers = {"X-Ramp-Signature": hmac.new(b"the-new-secret", body, hashlib.sha256).hexdigest()}

    def sent() -> int:
        return world.http.post("/webhooks/ramp/path-c1", content=body, headers=headers).status_code

    assert sent() == 503 and world.inbox.pending() == []
    world.plane.receiving.replace_secret("ops", "firm", "c1", "ramp", "the-new-secret")
    world.http = TestClient(assemble(world.plane.receiving, world.inbox))
    assert sent() == 204 and [row.object_id for row in world.inbox.pending()] == ["say this"]


def test_a_flood_of_refusals_leaves_a_count_and_one_row(world: World) -> None:
    assert {world.deliver(f"e{number}", secret="guessed") for number in range(200)} == {401}
    assert {world.deliver("e", path=f"/webhooks/ramp/guess-{number}") for number in range(50)} == {404}
    assert {world.deliver("e", path=f"/webhooks/rail-{number}/x") for number in range(50)} == {404}
    assert sorted(row["action"] for row in world.refused_rows()) == [
        "webhook.rejected",
        "webhook.unknown_path",
        "webhook.unknown_rail",
    ]
    [(_, count)] = world.inbox.refusals()
    assert count.times == 200 and world.inbox.pending() == []


def test_the_row_after_ten_minutes_counts_for_all_since() -> None:
    hands = Hands()
    rows = RefusalRows(hands)
    assert [rows.count("rejected", "x1") for _ in range(4)] == [1, None, None, None]
    assert rows.count("rejected", "x2") == 1, "another connection is news"
    hands.at += ROW_EVERY_SECONDS
    assert [rows.count("rejected", "x1") for _ in range(2)] == [4, None]


def test_a_new_address_is_found_at_once_and_a_flood_of_guesses_costs_a_look_a_second(world: World) -> None:
    looks, hands = 0, Hands()

    class Counted:
        def subscriptions(self) -> Any:
            nonlocal looks
            looks += 1
            return world.plane.receiving.subscriptions()

    addresses = Addresses(Counted(), hands)  # type: ignore[arg-type]
    assert addresses.is_old()
    addresses.read()
    for _ in range(1000):
        if addresses.by_path("ramp", "guess") is None and addresses.is_old(is_missed=True):
            addresses.read()
    assert looks == 1
    hands.at += LOOK_AGAIN_SECONDS
    assert addresses.is_old(is_missed=True) and not addresses.is_old()
    hands.at += KEPT_SECONDS
    assert addresses.is_old()
    assert addresses.by_account("qbo", "realm-c2") and addresses.by_path("ramp", "path-x1")


def test_known_addresses_outlive_the_control_store(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    hands, receiving = Hands(), world.plane.receiving
    monkeypatch.setattr("app.receiver.taking.Addresses", lambda given: Addresses(given, hands))

    def away() -> Any:
        raise sa.exc.OperationalError("select", {}, Exception("away"))

    told = receiving.subscriptions
    monkeypatch.setattr(receiving, "subscriptions", away)
    world.http = TestClient(assemble(receiving, world.inbox))
    assert world.deliver("e1") == 503, "whose it is was never known"
    hands.at += TRY_AGAIN_SECONDS
    monkeypatch.setattr(receiving, "subscriptions", told)
    assert world.deliver("e1") == 204
    hands.at += KEPT_SECONDS
    monkeypatch.setattr(receiving, "subscriptions", away)
    assert [world.deliver("e2"), world.deliver("e3", secret="guessed")] == [204, 401]


def test_two_secrets_are_good_while_one_replaces_the_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.plane.receiving.replace_secret("ops", "firm", "c1", "ramp", "the-new-secret")
    world.http = TestClient(assemble(world.plane.receiving, world.inbox))
    assert [world.deliver("e1", secret="the-new-secret"), world.deliver("e2")] == [204, 204]
    monkeypatch.setattr(world.plane.machine_clock, "at", NOW + OLD_SECRET_GOOD_FOR)
    world.http = TestClient(assemble(world.plane.receiving, world.inbox))
    assert [world.deliver("e3", secret="the-new-secret"), world.deliver("e4")] == [204, 401]
    [row] = [row for row in world.refused_rows() if row["action"] == "webhook.secret_replaced"]
    assert "c1-ramp" in json.dumps(row) and "the-new-secret" not in json.dumps(row)


def test_a_secret_is_replaced_only_where_there_is_one(world: World) -> None:
    replace = world.plane.receiving.replace_secret
    with pytest.raises(NotFound, match="has no stripe webhook"):
        replace("ops", "firm", "c1", "stripe", "x" * SECRET_MIN)
    with pytest.raises(NotFound, match="client c1 of other"):
        replace("ops", "other", "c1", "ramp", "x" * SECRET_MIN)
    for unfit in ("x" * (SECRET_MIN - 1), " " * 20, "two\nlines of it"):
        with pytest.raises(Invalid, match="one line of at least"):
            replace("ops", "firm", "c1", "ramp", unfit)


def test_quickbooks_tells_of_all_clients_at_one_address(world: World) -> None:
    realms = ("realm-c1", "realm-x1", "realm-gone")
    told = [
        {"id": f"ce-{realm}", "type": "qbo.bill.updated.v1", "intuitentityid": "7", "intuitaccountid": realm}
        for realm in realms
    ]
    body = json.dumps(told).encode()

    def sent(secret: str) -> int:
        signature = b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        return world.http.post("/webhooks/qbo", content=body, headers={"intuit-signature": signature}).status_code

    assert [sent(VERIFIER), sent("the-one-before"), sent("guessed")] == [204, 204, 401]
    assert {(row.client_id, row.connection_id) for row in world.inbox.pending()} == {("c1", "c1-qbo"), ("x1", "x1-qbo")}
    assert {(told.client_id, told.code) for told, _ in world.inbox.refusals()} == {
        ("", "unknown_account"),
        ("", "signature"),
    }


def test_a_client_that_is_new_is_known_at_once_at_the_one_address(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands, receiving = Hands(), world.plane.receiving
    monkeypatch.setattr("app.receiver.taking.Addresses", lambda given: Addresses(given, hands))
    told = receiving.subscriptions
    monkeypatch.setattr(receiving, "subscriptions", lambda: [one for one in told() if one.client_id != "c2"])
    world.http = TestClient(assemble(receiving, world.inbox))
    event = {"id": "ce-1", "type": "qbo.bill.updated.v1", "intuitentityid": "7", "intuitaccountid": "realm-c2"}
    body = json.dumps([event]).encode()
    headers = {"intuit-signature": b64encode(hmac.new(VERIFIER.encode(), body, hashlib.sha256).digest()).decode()}

    def sent() -> int:
        return world.http.post("/webhooks/qbo", content=body, headers=headers).status_code

    assert sent() == 204 and world.inbox.pending() == []
    monkeypatch.setattr(receiving, "subscriptions", told)
    hands.at += LOOK_AGAIN_SECONDS
    assert sent() == 204 and [row.client_id for row in world.inbox.pending()] == ["c2"]


def test_many_that_come_before_anything_is_known_are_all_kept(world: World) -> None:
    """The first look takes a while; whoever comes meanwhile must not be told that it is nobody's."""
    open_gate, receiving = threading.Event(), world.plane.receiving

    class Slow:
        def subscriptions(self) -> Any:
            assert open_gate.wait(20)
            return receiving.subscriptions()

    receiver = Receiver(Slow(), world.inbox)  # type: ignore[arg-type]

    def told(number: int) -> tuple[bytes, dict[str, str]]:
        event = {
            "id": f"ce-{number}",
            "type": "qbo.bill.updated.v1",
            "intuitentityid": "7",
            "intuitaccountid": "realm-c1",
        }
        body = json.dumps([event]).encode()
        signature = b64encode(hmac.new(VERIFIER.encode(), body, hashlib.sha256).digest()).decode()
        return body, {"intuit-signature": signature}

    async def all_at_once() -> list[int]:
        tasks = []
        for number in range(20):
            body, headers = told(number)
            tasks.append(asyncio.create_task(receiver.take("qbo", None, headers, body)))
            await asyncio.sleep(0.005)
        open_gate.set()
        return [answer.status_code for answer in await asyncio.gather(*tasks)]

    with ThreadPoolExecutor(1) as aside:
        assert set(aside.submit(asyncio.run, all_at_once()).result(30)) == {204}
    assert len(world.inbox.pending()) == 20


def test_bodies_are_let_go_when_the_receiver_starts(world: World) -> None:
    world.deliver("e1")
    [row] = world.inbox.pending()
    assert world.inbox.body_of(row.event_key)
    assert world.inbox.drop_bodies(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert world.inbox.body_of(row.event_key) is None and world.deliver("e1") == 204
    assert body_days({}) == 30 and body_days({"ROWCOL_INBOX_BODY_DAYS": "7"}) == 7
    with pytest.raises(ValueError, match="must be 1 or more"):
        body_days({"ROWCOL_INBOX_BODY_DAYS": "0"})
