"""A load closes the webhooks that it has made good, and no other."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingestion import SyncOutcome
from ingestion.inbox import Inbox, Subscriber
from orchestration.steps.load import close_hints

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def deliver(client_id: str, event_id: str, at: datetime) -> None:
    body = json.dumps(
        {"id": event_id, "type": "bills.paid", "created_at": "2026-11-24T12:00:00Z", "object": {"id": "x"}}
    ).encode()
    headers = {"X-Ramp-Signature": hmac.new(b"s", body, hashlib.sha256).hexdigest()}
    with Inbox.from_env() as inbox:
        verdict = inbox.receive("ramp", headers, body, Subscriber(client_id, client_id, secrets=("s",)), at)
    assert verdict.outcome == "accepted", verdict


def outcome(client_id: str, how: str) -> SyncOutcome:
    return SyncOutcome("r1", client_id, "ramp", client_id, NOW, NOW, how, None, None, 0, 0, 1, NOW)


def test_only_what_was_looked_at_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWCOL_INBOX_URL", f"sqlite:///{tmp_path / 'inbox.db'}")
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path))
    deliver("loaded", "before", NOW - timedelta(minutes=1))
    deliver("loaded", "during", NOW + timedelta(minutes=1))
    deliver("failed", "other", NOW - timedelta(minutes=1))
    assert close_hints([outcome("loaded", "ok"), outcome("failed", "failed")], NOW, "read by run r1") == 1
    with Inbox.from_env() as inbox:
        left = {(row.client_id, row.received_at) for row in inbox.pending()}
    assert left == {("loaded", NOW + timedelta(minutes=1)), ("failed", NOW - timedelta(minutes=1))}
