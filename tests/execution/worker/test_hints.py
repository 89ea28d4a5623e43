"""A webhook makes the executor look now; whatever it says, only what Ramp answers is written down."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from execution.facts import inbox_hints
from execution.facts.inbox_hints import Hint, InboxHints
from execution.hinted import pointed_at
from execution.store import tables as t
from ingestion.inbox import Inbox, Subscriber
from tests.execution.worker.firm import CARL, Firm


class Later(dict[str, Any]):
    """Bills that Ramp has taken and does not show yet."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, Any] = {}

    def __setitem__(self, key: str, value: Any) -> None:
        self.held[key] = value


ACME = Subscriber("acme", "acme-ramp", secrets=("s",))


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    made = Firm(tmp_path / "data", "direct")
    yield made
    made.close()


@pytest.fixture
def inbox(firm: Firm) -> Iterator[Inbox]:
    with Inbox(firm.settings.inbox_url) as opened:
        yield opened


def tell(inbox: Inbox, kind: str, object_id: str, number: int = 1, **when: datetime) -> None:
    body = json.dumps({"id": f"e{number}", "type": kind, "object": {"id": object_id, "status": "PAID"}}).encode()
    headers = {"X-Ramp-Signature": hmac.new(b"s", body, hashlib.sha256).hexdigest()}
    assert inbox.receive("ramp", headers, body, ACME, when.get("at")).outcome == "accepted"


def state(firm: Firm, payout_id: str) -> str:
    return firm.payouts.get(CARL, payout_id).payout.state


def test_a_hint_about_a_bill_is_looked_into_at_once(firm: Firm, inbox: Inbox) -> None:
    executor, payout_id = firm.executor(), firm.released()
    executor.one_pass()
    executor.one_pass()
    assert state(firm, payout_id) == "at_rail"
    [bill] = firm.books.bills.values()
    bill["status_summary"] = "PAYMENT_PROCESSING"
    executor.one_pass()
    assert state(firm, payout_id) == "at_rail", "its next look is a minute away"
    tell(inbox, "bills.updated", bill["id"])
    executor.one_pass()
    assert state(firm, payout_id) == "in_flight"
    bill["status_summary"] = "PAYMENT_COMPLETED"
    tell(inbox, "payments.updated", "a payment's own id", 2)
    executor.one_pass()
    assert state(firm, payout_id) == "rail_paid"


def test_what_the_body_claims_is_not_believed(firm: Firm, inbox: Inbox) -> None:
    executor, payout_id = firm.executor(), firm.released()
    executor.one_pass()
    executor.one_pass()
    [bill] = firm.books.bills.values()
    for number, kind in enumerate(("bills.paid", "bills.archived", "bills.rejected", "payments.updated")):
        tell(inbox, kind, bill["id"], number)
    executor.one_pass()
    assert state(firm, payout_id) == "at_rail" and firm.books.posts == 1


def test_a_bill_that_nobody_here_knows_may_be_the_one_that_is_missed(
    firm: Firm, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm.books.fault = "silent"
    executor, payout_id = firm.executor(), firm.released()
    moment = datetime.now(UTC)
    monkeypatch.setattr(firm.clock, "now", lambda: moment)
    firm.books.bills = hidden = Later()
    for _ in range(3):
        executor.one_pass()
    assert state(firm, payout_id) == "unconfirmed" and firm.books.posts == 1
    firm.books.bills = hidden.held
    executor.one_pass()
    assert state(firm, payout_id) == "unconfirmed", "its next look is not due"
    [bill] = firm.books.bills.values()
    tell(inbox, "bills.created", bill["id"])
    executor.one_pass()
    assert state(firm, payout_id) == "at_rail" and firm.books.posts == 1


def test_a_changed_payee_is_frozen_without_a_new_snapshot(firm: Firm, inbox: Inbox) -> None:
    executor = firm.executor()
    executor.learn_payees("firm", 100)
    firm.books.vendor_accounts = [{"id": "va-of-somebody-else", "payment_method": "ACH", "is_default": True}]
    tell(inbox, "vendors.updated", "a vendor that we never paid")
    executor.one_pass()
    with firm.store.read() as cx:
        assert cx.execute(sa.select(t.payee_change)).all() == []
    tell(inbox, "vendors.updated", "v1", 2)
    executor.one_pass()
    with firm.store.read() as cx:
        [change] = cx.execute(sa.select(t.payee_change)).mappings()
    assert (change["old_vendor_account_id"], change["new_vendor_account_id"]) == ("va1", "va-of-somebody-else")
    made = firm.payouts.propose(CARL, "acme", "qbo:1")
    assert made.state == "blocked" and "account" in made.state_reason


def test_a_payee_that_cannot_be_read_is_read_later_and_holds_nothing_up(
    firm: Firm, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = [datetime.now(UTC)]
    monkeypatch.setattr(firm.clock, "now", lambda: moment[0])
    executor, payout_id = firm.executor(), firm.released()
    firm.books.vendor_accounts = [{"id": "va2", "payment_method": "ACH", "is_default": True}]
    tell(inbox, "vendors.updated", "v1")

    def changes() -> int:
        with firm.store.read() as cx:
            return len(cx.execute(sa.select(t.payee_change)).all())

    with monkeypatch.context() as away:
        away.setattr(firm.server.RequestHandlerClass, "do_GET", lambda handler: handler._answer(503, {}))
        executor.one_pass()
    assert (changes(), state(firm, payout_id)) == (0, "approved")
    executor._hinted.take([])
    assert changes() == 0, "Ramp is not asked again at once"
    moment[0] += timedelta(minutes=2)
    executor._hinted.take([])
    assert changes() == 1


ROW = {"client_id": "acme", "rail_draft_id": None}
STANDING: list[dict[str, Any]] = [
    {**ROW, "payout_id": "known", "rail_bill_id": "b1", "state": "at_rail"},
    {**ROW, "payout_id": "draft", "rail_bill_id": None, "rail_draft_id": "d1", "state": "handed_off"},
    {**ROW, "payout_id": "silent", "rail_bill_id": None, "state": "unconfirmed"},
    {**ROW, "payout_id": "waits", "rail_bill_id": None, "state": "approved"},
    {**ROW, "payout_id": "other", "rail_bill_id": "b9", "state": "at_rail", "client_id": "else"},
]


@pytest.mark.parametrize(
    ("kind", "object_id", "expected"),
    [
        ("bills.paid", "b1", {"known"}),
        ("bills.updated", "d1", {"draft"}),
        ("bills.created", "b7", {"silent"}),
        ("bills.paid", "b9", {"silent"}),
        ("payments.updated", "p1", {"known", "draft", "silent"}),
        ("payments.updated", None, {"known", "draft", "silent"}),
        ("bills.paid", None, {"silent"}),
    ],
)
def test_a_hint_points_at_its_own_clients_payouts(kind: str, object_id: str | None, expected: set[str]) -> None:
    assert {row["payout_id"] for row in pointed_at(Hint("acme", kind, object_id), STANDING)} == expected


# Reading the receiver's inbox


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/inbox.db"


AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_each_hint_is_given_once_also_when_it_is_stored_late(url: str) -> None:
    hints = InboxHints(url, AT)
    assert hints.new() == [], "no receiver has run yet"
    with Inbox(url) as opened:
        tell(opened, "bills.paid", "before", 0, at=AT - timedelta(hours=1))
        tell(opened, "bills.paid", "b1", 1, at=AT + timedelta(seconds=9))
        assert [hint.object_id for _ in range(3) for hint in hints.new()] == ["b1"]
        tell(opened, "bills.paid", "late", 2, at=AT + timedelta(seconds=5))
        assert [hint.object_id for _ in range(3) for hint in hints.new()] == ["late"]
        opened.mark([row.event_key for row in opened.pending()], "done")
        tell(opened, "vendors.updated", "v1", 3, at=AT + timedelta(hours=1))
        assert hints.new() == [Hint("acme", "vendors.updated", "v1")], "what the loader has read is news here too"
        assert hints.new() == []


def test_a_long_backlog_is_taken_in_portions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_hints, "HINTS_A_ROUND", 3)
    url = f"sqlite:///{tmp_path}/inbox.db"
    with Inbox(url) as opened:
        for number in range(1, 8):
            tell(opened, "bills.paid", f"b{number}", number, at=AT + timedelta(seconds=number))
        hints = InboxHints(url, AT)
        taken = [[hint.object_id for hint in hints.new()] for _ in range(5)]
    assert taken == [["b1", "b2", "b3"], ["b4", "b5"], ["b6", "b7"], [], []]


def test_an_inbox_that_does_not_answer_costs_time_only(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "inbox.db").write_bytes(b"this is no database at all, whatever its name says")
    hints = InboxHints(f"sqlite:///{tmp_path}/inbox.db", datetime.now(UTC))
    assert [hints.new(), hints.new()] == [[], []]
    assert len(caplog.records) == 1 and "noticed later" in caplog.text
