"""A long-running worker outlives its access tokens: after the sandbox's clock has moved on, its reads still answer."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from execution.facts.live import LiveRails
from execution.facts.ramp_payee import vendor_now
from execution.senders.base import RailUnreachable
from execution.senders.ramp_session import RampSession
from tests.execution.sandbox.taken_on import ROOT, TakenOn
from tests.ingestion.scripted_rail import Answer, Call, scripted
from tests.rails_server import running_sandbox

ASKED = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[TakenOn]:
    world = tmp_path / "world.db"
    command = [sys.executable, "-m", "sandbox", "generate", "--clients", "1", "--months", "2", "--seed", "7"]
    subprocess.run([*command, "--end", "2026-11-24", "--out", str(world)], check=True, cwd=ROOT, timeout=120)
    with running_sandbox(world, paused=True) as urls:
        made = TakenOn(tmp_path / "data", world, urls)
        yield made
        made.plane.store.dispose()


def test_one_session_reads_on_after_twelve_days(firm: TakenOn) -> None:
    [(client, profile)] = firm.profiles.items()
    plane = firm.plane
    [row] = [one for one in plane.clients.all() if one.client_id == client]
    live = LiveRails(plane.settings, plane.connections, row.advisor_id, client)
    vendor_id, bill_id = min(firm.now("ramp", "vendor", client)), min(firm.now("qbo", "Bill", client))

    def read() -> tuple[object, ...]:
        vendor, bill = live.vendor(vendor_id), live.bill(f"qbo:{bill_id}")
        balance = live.balance(profile["plaid"]["operating_account_id"], ASKED)
        assert vendor is not None and bill is not None
        assert live.foreign_minor(profile["ramp"]["bank_account_id"], set()) >= 0
        return vendor.vendor_id, bill.source_bill_id, balance.account_id

    before = read()
    firm.advance(days=12)
    assert read() == before


def test_a_dead_token_is_renewed_once_per_read() -> None:
    """The second token works; a read that fails again says so and does not go round."""
    issued: list[str] = []
    dead: set[str] = {"t1"}

    def answer(call: Call) -> Answer:
        if call.path.endswith("/token"):
            issued.append(f"t{len(issued) + 1}")
            return 200, {"access_token": issued[-1], "expires_in": 864000}
        if call.headers["authorization"].removeprefix("Bearer ") in dead:
            return 401, {"error_v2": {"error_code": "DEVELOPER_7000"}}
        return 200, {"id": "v1", "is_active": True, "data": [], "page": {"next": None}}

    with scripted(answer) as server:
        session = RampSession(server.url, "app", "secret")
        vendor = vendor_now(session, "v1")
        assert vendor is not None and vendor.vendor_id == "v1" and issued == ["t1", "t2"]
        dead |= {"t2", "t3"}
        with pytest.raises(RailUnreachable, match="answered 401"):
            session.get("/vendors/v1")
        assert issued == ["t1", "t2", "t3"]
        # What was refused is forgotten, so that the next round starts with a token of its own.
        assert session.get("/vendors/v1")["id"] == "v1" and issued[-1] == "t4"


def test_a_payment_that_meets_a_dead_token_goes_out_once() -> None:
    def answer(call: Call) -> Answer:
        if call.path.endswith("/token"):
            return 200, {"access_token": "t", "expires_in": 864000}
        return 401, {}

    with scripted(answer) as server:
        session = RampSession(server.url, "app", "secret")
        session.authorize()
        assert session.send("POST", "/bills", b"{}").status_code == 401
        session.authorize()
        paths = [call.path.rsplit("/", 1)[1] for call in server.calls]
    assert paths == ["token", "bills", "token"]
