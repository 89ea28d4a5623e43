"""Known secrets are planted in every connection; then everything that is written or said is searched for them."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.api.assembly import assemble
from execution.errors import Invalid, RowcolError
from execution.facts.qbo_bill import QboReader
from execution.people.principal import AtMachine
from execution.senders.base import RailUnreachable
from execution.senders.ramp_session import RampSession
from execution.service import ControlPlane, NewClient
from execution.vault import Identity, Sealed, Where
from execution.vault.seal import unseal
from ingestion.inbox import Inbox
from tests.execution.plane import demo_plane
from tests.ingestion.scripted_rail import scripted

MARK = "sEcReT-9f31c7"
CREDENTIALS = {
    "qbo": {"realm_id": "r9", "refresh_token": f"{MARK}-qbo", "webhook_secret": f"{MARK}-hook"},
    "ramp": {
        "business_id": "b9", "reader_client_id": "reader", "reader_client_secret": f"{MARK}-ramp",
        "executor_client_id": "pays", "executor_client_secret": f"{MARK}-pays", "webhook_secret": f"{MARK}-hook",
    },
    "plaid": {"item_id": "i9", "access_token": f"{MARK}-plaid"},
    "stripe": {"account_id": "a9", "restricted_key": f"{MARK}-stripe"},
}  # fmt: skip


@pytest.fixture
def plane(tmp_path: Path) -> Iterator[ControlPlane]:
    made = demo_plane(tmp_path)
    made.operator.add_client("root", NewClient("firm", "c9", "Nine", "America/New_York", credentials=CREDENTIALS))
    yield made
    made.store.dispose()


def holds(told: bytes) -> bool:
    """Whether a secret stands in bytes: plain, in hex, in base64, or inside a packed file."""
    if told[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(told)) as pack:
            return any(holds(pack.read(name)) for name in pack.namelist())
    forms = [
        MARK.encode(),
        MARK.encode().hex().encode(),
        *(base64.b64encode(b"." * n + MARK.encode())[4:12] for n in (3,)),
    ]
    encoded = (part for part in re.findall(rb"[A-Za-z0-9+/=]{60,}", told) if len(part) % 4 == 0)
    decoded = b"".join(base64.b64decode(part, validate=False) for part in encoded)
    return any(form in told or form in decoded for form in forms)


def test_the_search_finds_what_it_looks_for(plane: ControlPlane) -> None:
    opened = plane.connections.open(Identity.EXECUTOR, "firm", "c9", "ramp", "executor")
    assert opened.secrets["client_secret"] == f"{MARK}-pays"
    body = base64.b64encode(json.dumps({"x": "." * 60 + MARK}).encode())
    assert holds(f"a {MARK} b".encode()) and holds(b'{"body": "' + body + b'"}') and holds(MARK.encode().hex().encode())


def test_no_file_of_ours_holds_a_secret(plane: ControlPlane) -> None:
    plane.keys.rotate("root")
    store, [of] = plane.connections.token_store(), plane.connections.for_ingestion(["qbo"], ["c9"])
    with store.lease(of) as secrets:
        store.store(of, {**secrets, "refresh_token": f"{MARK}-second"})
    files = [path for path in plane.settings.data.rglob("*") if path.is_file()]
    assert len(files) >= 4
    assert [str(path) for path in files if holds(path.read_bytes())] == []


def test_nothing_that_is_said_holds_a_secret(
    plane: ControlPlane, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said: list[str] = []

    def note(ask: Any) -> None:
        try:
            said.append(repr(ask()))
        except (RowcolError, RailUnreachable, OSError) as error:
            said.append(f"{error!r} {error} {error.__cause__!r} {getattr(error, 'args', '')}")

    admin = plane.people.sign_in_demo("firm_admin").principal
    broken = {**CREDENTIALS, "plaid": {**CREDENTIALS["plaid"], "access_token": f"{MARK}\n"}}
    note(lambda: plane.operator.add_client("root", NewClient("firm", "c9", "N", "UTC", credentials=CREDENTIALS)))
    note(lambda: plane.operator.add_client("root", NewClient("firm", "c8", "N", "UTC", credentials=broken)))
    note(lambda: plane.operator.add_client("root", NewClient("firm", "c8", "N", "UTC", credentials={MARK[:2]: {}})))
    note(lambda: plane.connections.for_ingestion())
    note(lambda: plane.connections.open(Identity.CONSOLE, "firm", "c9", "ramp", "executor"))
    note(lambda: plane.clients.list(admin))
    note(lambda: plane.people.list_people(AtMachine("root", "firm")))
    note(lambda: [plane, plane.settings, plane.connections, plane.keys, plane.keys.in_use()])
    said.append(plane.audit.export(admin).decode("latin-1"))
    opened = plane.connections.open(Identity.EXECUTOR, "firm", "c9", "ramp", "executor")
    with scripted(lambda call: (500, {"echo": call.body})) as server:
        session = RampSession(server.url, opened.secrets["client_id"], opened.secrets["client_secret"])
        note(lambda: session)
        note(session.authorize)
        [qbo] = plane.connections.for_ingestion(["qbo"], ["c9"])
        reader = QboReader(
            base_url=server.url, token_url=f"{server.url}/t", client_id="app", client_secret=f"{MARK}-app",
            tokens=plane.connections.token_store(), connection=qbo,
        )  # fmt: skip
        note(lambda: reader.bill("1"))
    inbox = Inbox(f"sqlite:///{plane.settings.data}/inbox/inbox.db")
    http = TestClient(assemble(plane, inbox), raise_server_exceptions=False)
    token = plane.people.issue_api_token(admin, "script")
    for path in ("/health", "/openapi.json", "/advisor/firm/hygiene", "/advisor/firm/clients/c9/digest"):
        said.append(http.get(path, headers={"Authorization": f"Bearer {token}"}).text)
    for rail in ("ramp", "qbo", "plaid", "stripe"):
        [key] = [key for _, client, r, key in plane.connections.webhook_paths() if (client, r) == ("c9", rail)] or ["x"]
        said.append(http.post(f"/webhooks/{rail}/{key}", content=b"{}", headers={"X-Ramp-Signature": "00"}).text)
    out = capfd.readouterr()
    everything = "\n".join([*said, caplog.text, out.out, out.err])
    assert not holds(everything.encode("utf-8", "replace")), everything[max(0, everything.find(MARK) - 300) :][:600]
    assert len(said) > 15
    assert not any(holds(p.read_bytes()) for p in plane.settings.data.rglob("*") if p.is_file())
    inbox.close()


def test_a_row_that_does_not_open_tells_nothing_of_it(plane: ControlPlane) -> None:
    ring = plane.connections._ring
    where = Where("firm", "c9", "plaid", "reader")
    with pytest.raises(Invalid) as refused:
        unseal(ring, where, Sealed(b"x" * 40, b"y" * 60, ring.newest_id))
    assert MARK not in str(refused.value) and refused.value.__cause__ is None
