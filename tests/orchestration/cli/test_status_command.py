"""`rowcol status` tells of webhooks: what waits, what was refused, and where help is."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingestion.inbox import Inbox, Subscriber
from orchestration.cli.main import app

WHOSE = Subscriber("c1", "c1-ramp", secrets=("s",))


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROWCOL_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")


def told(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["status", *arguments])
    assert done.exit_code == 0, done.output
    return done.output


def refuse(times: int, at: datetime) -> None:
    with Inbox.from_env() as inbox:
        for _ in range(times):
            assert inbox.receive("ramp", {}, b"{}", WHOSE, at).code == "signature"


def test_without_a_webhook_nothing_waits() -> None:
    assert "webhooks: 0 wait for the next load" in told()
    assert json.loads(told("--json"))["webhooks"] == {"waiting": 0, "oldest_at": None, "challenges": [], "refused": []}


def test_a_challenge_waits_with_what_to_do() -> None:
    body = b'{"type": "webhooks.verification", "challenge": "say-this"}'
    signature = hmac.new(b"s", body, hashlib.sha256).hexdigest()
    with Inbox.from_env() as inbox:
        assert inbox.receive("ramp", {"X-Ramp-Signature": signature}, body, WHOSE).outcome == "accepted"
        inbox.mark([row.event_key for row in inbox.pending()], "done", "a load closes it, and it still wants an answer")
    assert "ramp asks c1 to confirm its subscription: POST /webhooks/<id>/verify with the challenge say-this" in told()


def test_refusals_of_a_day_are_named_with_their_runbook() -> None:
    refuse(3, datetime.now(UTC) - timedelta(hours=2))
    text = told()
    assert "ramp / c1: refused (signature), 3 times in all, last 2 hours ago" in text
    assert "docs/runbooks/webhooks_are_refused.md" in text.replace("\n", "")


def test_what_stopped_yesterday_is_no_news() -> None:
    refuse(3, datetime.now(UTC) - timedelta(hours=25))
    assert "refused" not in told()


def test_an_inbox_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "inbox.db").write_bytes(b"this is no database, whatever its name says it is" * 100)
    assert "the webhook inbox cannot be read" in told()
