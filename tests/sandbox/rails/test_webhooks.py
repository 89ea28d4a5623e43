"""Webhooks: signatures that the official libraries accept, addresses per client, retries, subscriptions."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
import stripe

from tests.sandbox.rails.talk import WRITE, Talk
from tests.sandbox.rails.test_ramp import bill_of


class Inbox:
    """A receiver that keeps what it got; answers 500 while `refusals` lasts."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.refusals = 0
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = 500 if inbox.refusals > 0 else 200
                inbox.refusals -= status == 500
                if status == 200:
                    inbox.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def wait(self, wanted: Callable[[tuple[str, dict[str, str], bytes]], bool]) -> tuple[str, dict[str, str], bytes]:
        for _ in range(200):
            for one in list(self.got):
                if wanted(one):
                    return one
            time.sleep(0.02)
        raise AssertionError(f"not received; got {[(path, body[:80]) for path, _, body in self.got]}")


@pytest.fixture(scope="module")
def inbox(talk: Talk) -> Iterator[Inbox]:
    found = Inbox()
    targets = {rail: f"{found.url}/webhooks/{rail}" for rail in ("qbo", "ramp", "plaid", "stripe")}
    talk.control("POST", "/webhooks/targets", targets)
    yield found
    found.server.shutdown()


def hooks(talk: Talk, key: str, rail: str) -> dict[str, str]:
    return dict(talk.profile(key)["webhooks"][rail])


def test_the_four_rails_sign_as_the_real_ones(talk: Talk, inbox: Inbox) -> None:
    talk.plaid_all("c1")
    talk.ramp(talk.ramp_token("c1", "executor", WRITE), "POST", "/bills", json=bill_of("HOOK"))
    talk.control("POST", "/clock/advance", {"days": 3.2})

    path = f"/webhooks/stripe/{hooks(talk, 'c1', 'stripe')['path_key']}"
    _, headers, body = inbox.wait(lambda one: one[0] == path)
    event = stripe.Webhook.construct_event(body, headers["stripe-signature"], hooks(talk, "c1", "stripe")["secret"])
    assert event.type == "invoice.paid"

    path = f"/webhooks/qbo/{hooks(talk, 'c1', 'qbo')['path_key']}"
    _, headers, body = inbox.wait(lambda one: one[0] == path)
    digest = hmac.new(hooks(talk, "c1", "qbo")["secret"].encode(), body, hashlib.sha256).digest()
    assert headers["intuit-signature"] == base64.b64encode(digest).decode()
    assert json.loads(body)[0]["intuitaccountid"] == talk.profile("c1")["qbo"]["realm_id"]

    path = f"/webhooks/ramp/{hooks(talk, 'c1', 'ramp')['path_key']}"
    _, headers, body = inbox.wait(lambda one: one[0] == path and b'"bills.created"' in one[2])
    digest_hex = hmac.new(hooks(talk, "c1", "ramp")["secret"].encode(), body, hashlib.sha256).hexdigest()
    assert headers["x-ramp-signature"] == digest_hex
    assert headers["x-ramp-webhook-id"] == json.loads(body)["id"]

    path = f"/webhooks/plaid/{hooks(talk, 'c1', 'plaid')['path_key']}"
    _, headers, body = inbox.wait(lambda one: one[0] == path)
    token = headers["plaid-verification"]
    head = jwt.get_unverified_header(token)
    key = talk.plaid("c1", "/webhook_verification_key/get", key_id=head["kid"]).json()["key"]
    claims = jwt.decode(token, jwt.PyJWK(key).key, algorithms=["ES256"])
    assert claims["request_body_sha256"] == hashlib.sha256(body).hexdigest()
    assert json.loads(body)["webhook_code"] == "SYNC_UPDATES_AVAILABLE"


def test_a_receiver_in_trouble_is_tried_again(talk: Talk, inbox: Inbox) -> None:
    inbox.got.clear()
    inbox.refusals = 2
    talk.plaid("c1", "/sandbox/item/fire_webhook", webhook_code="NEW_ACCOUNTS_AVAILABLE")
    inbox.wait(lambda one: b"NEW_ACCOUNTS_AVAILABLE" in one[2])
    time.sleep(0.05)
    last = talk.control("GET", "/webhooks/deliveries?rail=plaid")["deliveries"][-1]
    assert (last["attempts"], last["outcome"]) == (3, "delivered")


def test_a_subscription_is_silent_until_its_challenge_is_answered(talk: Talk, inbox: Inbox) -> None:
    token = talk.ramp_token("c1")
    given = {"endpoint_url": f"{inbox.url}/own", "event_types": ["bills.created"]}
    hook = talk.ramp(token, "POST", "/webhooks", json=given).json()
    assert hook["status"] == "pending_verification"
    _, headers, body = inbox.wait(lambda one: one[0] == "/own")
    assert "x-ramp-webhook-id" not in headers
    challenge = json.loads(body)["challenge"]
    assert talk.ramp(token, "POST", f"/webhooks/{hook['id']}/verify", json={"challenge": "no"}).status_code == 422
    assert talk.ramp(token, "POST", f"/webhooks/{hook['id']}/verify", json={"challenge": challenge}).json()["success"]
    listed = talk.ramp(token, "GET", "/webhooks").json()
    assert [(one["status"], "secret" in one) for one in listed] == [("active", False)]
    made = talk.ramp(talk.ramp_token("c1", "executor", WRITE), "POST", "/bills", json=bill_of("OWN", "2026-12-18"))
    assert made.status_code == 201, made.text
    talk.control("POST", "/clock/advance", {"seconds": 5})
    _, headers, body = inbox.wait(lambda one: one[0] == "/own" and made.json()["id"].encode() in one[2])
    assert headers["x-ramp-signature"] == hmac.new(hook["secret"].encode(), body, hashlib.sha256).hexdigest()
    assert talk.ramp(token, "DELETE", f"/webhooks/{hook['id']}").status_code == 204
    assert talk.ramp(token, "GET", "/webhooks").json() == []


def test_quickbooks_may_tell_of_all_clients_at_one_address(talk: Talk, inbox: Inbox) -> None:
    base = f"{inbox.url}/webhooks"
    token = talk.control("GET", "/onboarding")["app"]["qbo"]["verifier_token"]
    talk.control("POST", "/webhooks/targets", {"qbo": f"{base}/qbo", "qbo_address": "app"})
    try:
        inbox.got.clear()
        talk.control("POST", "/clock/advance", {"days": 7})
        _, headers, body = inbox.wait(lambda one: one[0] == "/webhooks/qbo")
    finally:
        talk.control("POST", "/webhooks/targets", {"qbo": f"{base}/qbo", "qbo_address": "client"})
    digest = hmac.new(token.encode(), body, hashlib.sha256).digest()
    assert headers["intuit-signature"] == base64.b64encode(digest).decode()
    assert not [path for path, _, _ in inbox.got if path.startswith("/webhooks/qbo/")]
