"""The executor's token asks for what it needs, and one that could also make a payee is not used."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from execution.senders.base import RailUnreachable
from execution.senders.ramp_session import READ_PAYEES, SCOPES, RampSession
from tests.ingestion.scripted_rail import Answer, Call, scripted


def _granted(scope: str | None) -> Answer:
    return 200, {"access_token": "t", "expires_in": 864000} | ({} if scope is None else {"scope": scope})


def test_the_executor_asks_for_no_more_than_it_needs() -> None:
    assert SCOPES.split() == ["bills:read", "bills:write", "vendors:read", "entities:read", "bank_accounts:read"]
    assert all(one.endswith(":read") for one in READ_PAYEES.split())
    with scripted(lambda call: _granted(SCOPES)) as server:
        RampSession(server.url, "app", "secret").authorize()
        assert parse_qs(server.calls[0].body)["scope"] == [SCOPES]


@pytest.mark.parametrize("more", ["vendors:write", "accounting:write", "users:write vendors:write"])
def test_a_token_that_may_write_more_than_bills_is_not_used(more: str) -> None:
    with scripted(lambda call: _granted(f"{SCOPES} {more}")) as server:
        session = RampSession(server.url, "app", "secret")
        with pytest.raises(RailUnreachable, match=more.split()[-1]):
            session.get("/bills/b1")
        assert [call.path.rsplit("/", 1)[1] for call in server.calls] == ["token"], "nothing was asked with it"


def test_a_token_that_may_less_says_what_it_lacks() -> None:
    with scripted(lambda call: _granted("bills:read")) as server, pytest.raises(RailUnreachable, match="bills:write"):
        RampSession(server.url, "app", "secret").authorize()


def test_a_grant_that_names_no_scope_is_left_to_ramp() -> None:
    def answer(call: Call) -> Answer:
        return _granted(None) if call.path.endswith("/token") else (200, {"id": "b1"})

    with scripted(answer) as server:
        assert RampSession(server.url, "app", "secret").get("/bills/b1") == {"id": "b1"}
