"""The inbox takes what is proven, once; it refuses forged, stale and malformed deliveries with a reason."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
import stripe
from cryptography.hazmat.primitives.asymmetric import ec

from ingestion.errors import UnknownRail
from ingestion.inbox import Inbox, Subscriber, Verdict

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SECRET = "whsec_of_this_subscription"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
JWK = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(KEY.public_key()))

RAMP = {"id": "evt-1", "type": "bills.paid", "business_id": "acct-1", "object": {"id": "bill-1"}}
CLOUD = [
    {"id": "ce-1", "type": "qbo.bill.updated.v1", "intuitentityid": "152", "intuitaccountid": "acct-1"},
    {"id": "ce-2", "type": "qbo.vendor.updated.v1", "intuitentityid": "56", "intuitaccountid": "acct-1"},
]
OLD_ENTITY = {"name": "Bill", "id": "152", "operation": "Update", "lastUpdated": "2026-10-20T18:40:02.000Z"}
OLD = {"eventNotifications": [{"realmId": "acct-1", "dataChangeEvent": {"entities": [OLD_ENTITY]}}]}
PLAID = {"webhook_type": "TRANSACTIONS", "webhook_code": "SYNC_UPDATES_AVAILABLE", "item_id": "acct-1"}
STRIPE = {"id": "evt_1", "type": "invoice.paid", "data": {"object": {"id": "in_9", "object": "invoice"}}}


def body_of(value: Any) -> bytes:
    return json.dumps(value).encode()


def digest(body: bytes, secret: str = SECRET) -> bytes:
    return hmac.new(secret.encode(), body, hashlib.sha256).digest()


def signed(rail: str, body: bytes, *, at: datetime = NOW, wrong: bool = False, key: Any = KEY) -> dict[str, str]:
    """Headers as the rail sends them."""
    secret = "somebody else's" if wrong else SECRET
    if rail == "ramp":
        return {"X-Ramp-Signature": digest(body, secret).hex()}
    if rail == "qbo":
        return {"intuit-signature": base64.b64encode(digest(body, secret)).decode()}
    if rail == "stripe":
        stamp = int(at.timestamp())
        header = stripe.WebhookSignature.generate_signature_header(body.decode(), secret, timestamp=stamp)
        return {"Stripe-Signature": header}
    claims = {"iat": int(at.timestamp()), "request_body_sha256": hashlib.sha256(body).hexdigest()}
    signer = OTHER_KEY if wrong else key
    return {"Plaid-Verification": jwt.encode(claims, signer, algorithm="ES256", headers={"kid": "k1"})}


WHOSE = Subscriber("c1", "x1", secrets=(SECRET,))


# What a proof says does not depend on the database; what is stored must not either.
BOTH = pytest.mark.parametrize("url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An inbox that nobody has opened yet; in SQLite unless the test asks for both."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path}/inbox/inbox.db"


@pytest.fixture
def inbox(url: str) -> Iterator[Inbox]:
    with Inbox(url, plaid_key_for={"k1": JWK}.get, app_secrets={"qbo": ("before", SECRET)}) as opened:
        yield opened


def deliver(inbox: Inbox, rail: str, headers: dict[str, str], body: bytes, **whose: Any) -> Verdict:
    return inbox.receive(rail, headers, body, replace(WHOSE, **whose), NOW)


def counted(inbox: Inbox) -> list[tuple[str, str, str, int]]:
    return [(told.rail, told.client_id, told.code, count.times) for told, count in inbox.refusals()]


BODIES = {"ramp": RAMP, "qbo": CLOUD, "plaid": PLAID, "stripe": STRIPE}
RAILS = pytest.mark.parametrize("rail", list(BODIES))


@BOTH
@RAILS
def test_a_proven_delivery_waits_once_and_can_be_done(inbox: Inbox, rail: str) -> None:
    body = body_of(BODIES[rail])
    headers = signed(rail, body)
    assert deliver(inbox, rail, headers, body, external_account_id="acct-1").outcome == "accepted"
    assert deliver(inbox, rail, headers, body).outcome == "duplicate"
    waiting = inbox.pending()
    assert {(row.rail, row.client_id, row.connection_id) for row in waiting} == {(rail, "c1", "x1")}
    assert len(waiting) == (2 if rail == "qbo" else 1)
    assert inbox.mark([row.event_key for row in waiting], "done") == len(waiting)
    assert inbox.pending() == []
    assert deliver(inbox, rail, headers, body).outcome == "duplicate"


@BOTH
@RAILS
def test_a_wrong_signature_stores_nothing_but_a_count(inbox: Inbox, rail: str) -> None:
    body = body_of(BODIES[rail])
    verdict = deliver(inbox, rail, signed(rail, body, wrong=True), body)
    assert (verdict.outcome, verdict.code) == ("rejected", "signature") and verdict.reason
    deliver(inbox, rail, {}, body)
    assert inbox.pending() == [] and counted(inbox) == [(rail, "c1", "signature", 2)]


@RAILS
def test_a_changed_body_is_refused(inbox: Inbox, rail: str) -> None:
    body = body_of(BODIES[rail])
    assert deliver(inbox, rail, signed(rail, body), body + b" ").code == "signature"


@RAILS
@pytest.mark.parametrize("body", [b"{not json", b"[1]", b'"text"', b"{}"], ids=["broken", "list", "text", "empty"])
def test_a_signed_but_malformed_body_is_refused(inbox: Inbox, rail: str, body: bytes) -> None:
    verdict = deliver(inbox, rail, signed(rail, body), body)
    assert (verdict.outcome, verdict.code) == ("rejected", "malformed")
    assert inbox.pending() == []


@pytest.mark.parametrize("rail", ["plaid", "stripe"])
@pytest.mark.parametrize("seconds", [-301, 301, 3600], ids=["future", "old", "hour"])
def test_a_replay_outside_five_minutes_is_refused(inbox: Inbox, rail: str, seconds: int) -> None:
    body = body_of(BODIES[rail])
    headers = signed(rail, body, at=NOW - timedelta(seconds=seconds))
    verdict = deliver(inbox, rail, headers, body)
    assert (verdict.outcome, verdict.code) == ("rejected", "stale") and "300 s" in verdict.reason


@pytest.mark.parametrize("rail", ["ramp", "qbo", "plaid"])
def test_a_delivery_about_another_account_is_refused(inbox: Inbox, rail: str) -> None:
    body = body_of(BODIES[rail])
    assert deliver(inbox, rail, signed(rail, body), body, external_account_id="acct-2").code == "other_account"


def test_qbo_old_format_is_stored_once_by_what_it_says(inbox: Inbox) -> None:
    body = body_of(OLD)
    assert deliver(inbox, "qbo", signed("qbo", body), body).outcome == "accepted"
    spaced = json.dumps(OLD, indent=1).encode()
    assert deliver(inbox, "qbo", signed("qbo", spaced), spaced).outcome == "duplicate"
    assert inbox.pending()[0].event_type == "qbo.bill.update" and inbox.pending()[0].object_id == "152"


def test_ramp_takes_hex_and_base64_under_both_names_and_two_secrets(inbox: Inbox) -> None:
    for number, name in enumerate(["X-Ramp-Signature", "X-Ramp-Webhook-Signature"]):
        for encoded in ("hex", "base64"):
            body = body_of({**RAMP, "id": f"evt-{number}-{encoded}"})
            made = digest(body)
            value = made.hex() if encoded == "hex" else base64.b64encode(made).decode()
            assert deliver(inbox, "ramp", {name: value}, body, secrets=("old", SECRET)).outcome == "accepted"


def test_plaid_refuses_other_algorithms_and_unknown_keys(inbox: Inbox) -> None:
    body = body_of(PLAID)
    claims = {"iat": int(NOW.timestamp()), "request_body_sha256": hashlib.sha256(body).hexdigest()}
    symmetric = jwt.encode(claims, "x" * 64, algorithm="HS256", headers={"kid": "k1"})
    unsigned = jwt.encode(claims, None, algorithm="none", headers={"kid": "k1"})
    unknown = jwt.encode(claims, KEY, algorithm="ES256", headers={"kid": "k2"})
    for token in (symmetric, unsigned, unknown, "garbage"):
        assert deliver(inbox, "plaid", {"Plaid-Verification": token}, body).code == "signature"


def test_plaid_may_repeat_a_body_under_a_new_token(inbox: Inbox) -> None:
    body = body_of(PLAID)
    for seconds in (0, 5):
        headers = signed("plaid", body, at=NOW - timedelta(seconds=seconds))
        assert deliver(inbox, "plaid", headers, body).outcome == "accepted"


def test_stripe_keeps_accounts_apart(inbox: Inbox) -> None:
    for account in ("acct_a", "acct_b"):
        body = body_of({**STRIPE, "account": account})
        assert deliver(inbox, "stripe", signed("stripe", body), body).outcome == "accepted"


def test_without_a_secret_nothing_is_accepted(inbox: Inbox) -> None:
    body = body_of(RAMP)
    headers = {"X-Ramp-Signature": digest(body, "").hex()}
    assert deliver(inbox, "ramp", headers, body, secrets=("",)).code == "no_secret"
    assert deliver(inbox, "ramp", headers, body, secrets=()).code == "no_secret"


@BOTH
def test_what_was_answered_outlives_the_process(url: str) -> None:
    body = body_of(RAMP)
    with Inbox(url) as first:
        deliver(first, "ramp", signed("ramp", body), body)
    with Inbox(url) as second:
        assert [row.object_id for row in second.pending()] == ["bill-1"]
        assert second.mark([second.pending()[0].event_key], "dead", "no such bill") == 1


def test_a_rail_that_sends_nothing_and_a_state_that_is_none_are_refused(inbox: Inbox) -> None:
    with pytest.raises(UnknownRail):
        deliver(inbox, "bill", {}, b"{}")
    with pytest.raises(ValueError, match="done or dead"):
        inbox.mark(["x"], "maybe")


def test_ramps_challenge_waits_for_whoever_made_the_subscription(inbox: Inbox) -> None:
    body = body_of({"type": "webhooks.verification", "challenge": "say this"})
    assert deliver(inbox, "ramp", signed("ramp", body), body).outcome == "accepted"
    assert deliver(inbox, "ramp", signed("ramp", body), body).outcome == "duplicate"
    assert [(row.event_type, row.object_id) for row in inbox.pending()] == [("webhooks.verification", "say this")]
    assert deliver(inbox, "ramp", signed("ramp", body, wrong=True), body).code == "challenge_early"
    assert deliver(inbox, "ramp", {}, body).code == "signature"


@BOTH
@pytest.mark.parametrize("name", ["id", "type"])
def test_a_text_that_no_database_indexes_is_malformed(inbox: Inbox, name: str) -> None:
    body = body_of({**RAMP, name: "x" * 501})
    assert deliver(inbox, "ramp", signed("ramp", body), body).code == "malformed"
    body = body_of({**RAMP, name: "x" * 500})
    assert deliver(inbox, "ramp", signed("ramp", body), body).outcome == "accepted"


# One address for the whole app


@BOTH
def test_one_delivery_of_the_app_is_shared_out_by_realm(inbox: Inbox) -> None:
    mine = {"realm-1": Subscriber("c1", "q1", "realm-1"), "realm-2": Subscriber("c2", "q2", "realm-2")}
    body = body_of(
        [
            {"id": f"ce-{realm}", "type": "qbo.bill.updated.v1", "intuitentityid": "7", "intuitaccountid": realm}
            for realm in ("realm-1", "realm-2", "realm-1", "realm-gone")
        ]
    )
    begun = inbox.begin_for_app("qbo", signed("qbo", body), body, mine.get, NOW)
    assert inbox.verdict(begun).outcome == "accepted"
    assert {(row.client_id, row.connection_id) for row in inbox.pending()} == {("c1", "q1"), ("c2", "q2")}
    assert counted(inbox) == [("qbo", "", "unknown_account", 1)]
    assert inbox.verdict(inbox.begin_for_app("qbo", signed("qbo", body), body, mine.get, NOW)).outcome == "duplicate"


def test_what_is_no_clients_is_ignored_and_what_is_not_signed_refused(inbox: Inbox) -> None:
    body = body_of(CLOUD)
    assert inbox.verdict(inbox.begin_for_app("qbo", signed("qbo", body), body, {}.get, NOW)).outcome == "ignored"
    forged = inbox.begin_for_app("qbo", signed("qbo", body, wrong=True), body, {}.get, NOW)
    assert inbox.verdict(forged).code == "signature" and inbox.pending() == []
    unknown = inbox.begin_for_app("stripe", signed("stripe", body), body, {}.get, NOW)
    assert inbox.verdict(unknown).code == "no_secret"


def test_an_event_is_the_same_by_either_address(inbox: Inbox) -> None:
    body = body_of(CLOUD)
    assert deliver(inbox, "qbo", signed("qbo", body), body).outcome == "accepted"
    begun = inbox.begin_for_app("qbo", signed("qbo", body), body, lambda _: WHOSE, NOW)
    assert inbox.verdict(begun).outcome == "duplicate"


# Keeping house


@BOTH
def test_a_body_is_kept_once_and_let_go_while_its_keys_stay(inbox: Inbox) -> None:
    body = body_of(CLOUD)
    deliver(inbox, "qbo", signed("qbo", body), body)
    keys = [row.event_key for row in inbox.pending()]
    assert [inbox.body_of(key) for key in keys] == [body, body]
    assert inbox.drop_bodies(NOW) == 0
    assert inbox.drop_bodies(NOW + timedelta(seconds=1)) == 1
    assert [inbox.body_of(key) for key in keys] == [None, None]
    assert deliver(inbox, "qbo", signed("qbo", body), body).outcome == "duplicate"


@BOTH
def test_a_read_client_closes_what_came_before(inbox: Inbox) -> None:
    for client_id in ("c1", "c2"):
        body = body_of(RAMP)
        deliver(inbox, "ramp", signed("ramp", body), body, client_id=client_id, connection_id=client_id)
    assert inbox.backlog().events == 2 and inbox.backlog().oldest_at == NOW
    assert inbox.mark_seen("ramp", ["c1", "c2"], NOW) == 0, "it came no earlier than the reading began"
    assert inbox.mark_seen("qbo", ["c1"], NOW + timedelta(seconds=1)) == 0
    assert inbox.mark_seen("ramp", ["c1"], NOW + timedelta(seconds=1), "read") == 1
    assert [row.client_id for row in inbox.pending()] == ["c2"]


@BOTH
def test_an_inbox_of_the_version_before_goes_on_with_its_keys(url: str) -> None:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    if engine.dialect.name == "sqlite":
        Path(str(engine.url.database)).parent.mkdir()
    body = body_of(RAMP)
    with engine.begin() as connection:
        binary = "blob" if engine.dialect.name == "sqlite" else "bytea"
        texts = ["rail", "client_id", "connection_id", "event_type", "object_id", "received_at"]
        columns = ", ".join(f"{name} varchar" for name in texts)
        connection.exec_driver_sql(
            f"create table inbox_events (event_key varchar primary key, {columns}, body {binary} not null,"
            " state varchar default 'pending' not null, note varchar)"
        )
        connection.execute(
            sa.text(
                "insert into inbox_events values ('ramp:x1:evt-1','ramp','c1','x1','t','o',:at,:body,'pending',null)"
            ),
            {"at": NOW.isoformat(timespec="microseconds"), "body": body},
        )
    engine.dispose()
    for _ in range(2):
        with Inbox(url) as opened:
            assert [row.event_key for row in opened.pending()] == ["ramp:x1:evt-1"]
            assert deliver(opened, "ramp", signed("ramp", body), body).outcome == "duplicate"
