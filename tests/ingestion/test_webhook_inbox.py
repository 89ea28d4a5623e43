"""The inbox takes what is proven, once; it refuses forged, stale and malformed deliveries with a reason."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
import stripe
from cryptography.hazmat.primitives.asymmetric import ec

from ingestion.errors import UnknownRail
from ingestion.inbox import Inbox, Verdict

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


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    keys = {"k1": JWK}
    with Inbox(f"sqlite:///{tmp_path}/inbox/inbox.db", plaid_key_for=keys.get) as opened:
        yield opened


def deliver(inbox: Inbox, rail: str, headers: dict[str, str], body: bytes, **more: Any) -> Verdict:
    given: dict[str, Any] = {"client_id": "c1", "connection_id": "x1", "secret": SECRET, "received_at": NOW, **more}
    return inbox.receive(rail, "path", headers, body, **given)


BODIES = {"ramp": RAMP, "qbo": CLOUD, "plaid": PLAID, "stripe": STRIPE}
RAILS = pytest.mark.parametrize("rail", list(BODIES))


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


@RAILS
def test_a_wrong_signature_stores_nothing_but_a_count(inbox: Inbox, rail: str) -> None:
    body = body_of(BODIES[rail])
    verdict = deliver(inbox, rail, signed(rail, body, wrong=True), body)
    assert (verdict.outcome, verdict.code) == ("rejected", "signature") and verdict.reason
    deliver(inbox, rail, {}, body)
    assert inbox.pending() == [] and inbox.refusals() == [(rail, "c1", "signature", 2)]


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
            assert deliver(inbox, "ramp", {name: value}, body, secret=["old", SECRET]).outcome == "accepted"


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
    assert deliver(inbox, "ramp", headers, body, secret="").code == "no_secret"
    assert deliver(inbox, "ramp", headers, body, secret=None).code == "no_secret"


def test_what_was_answered_outlives_the_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/inbox.db"
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
