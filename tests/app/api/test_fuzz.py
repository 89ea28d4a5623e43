"""Whatever is sent to whatever route: never a 5xx, always a problem document, and no payout ever moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.app.api.firms import HARBOR, RAILS, World, body_of, signed

ROLES = ("bookkeeper", "controller", "advisor", "analyst", "client_owner")
QUIET = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["c01", "c02", "c03", HARBOR, "other", "qbo:003", "qbo:004", "ramp:1", "..", "%00", "\x00", "é", "*"]
    ),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))
BODIES = st.one_of(
    st.binary(max_size=200),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.fixed_dictionaries(
        {"source_bill_ids": st.one_of(VALUES, st.lists(TEXTS, max_size=5))},
        optional={"note": VALUES, "amount_minor": VALUES},
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"[" * 100_000, b"1" * 5_000, b'{"source_bill_ids": ["\\ud800"]}', b'{"\\ud800": 1}', b"\xff"]),
)
HEADER_TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=255, blacklist_characters="\x7f"), max_size=60)
HEADERS = st.dictionaries(
    st.sampled_from(["idempotency-key", "content-type", "x-ramp-signature", "intuit-signature", "plaid-verification",
                     "stripe-signature", "x-request-id", "accept", "range", "if-match"]),
    st.one_of(HEADER_TEXTS, st.sampled_from(["application/json", "key-00000001", "t=1,v1=00", "t=1,v1=é", "a.b.c"])),
    max_size=5,
)  # fmt: skip


@pytest.fixture(scope="module")
def one_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all examples, with a payout in two states that none of them may touch."""
    opened = World.open(Path(tmp_path_factory.mktemp("fuzz")))
    bea = opened.person("bookkeeper")
    opened.plane.payouts.propose(bea, "c02", "qbo:103")
    yield opened
    assert all(report.ok for report in opened.plane.audit.verify())
    opened.close()


@pytest.fixture(scope="module")
def tokens(one_world: World) -> dict[str, dict[str, str]]:
    """One signed-in session per role: a fresh sign-in per example would only fill the log."""
    return {role: one_world.bearer(role) for role in ROLES}


def _send(world: World, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Any:
    raw = {name.encode(): value.encode("latin-1", "replace") for name, value in headers.items()}
    before = world.money()
    answer = world.http.request(method, path, headers=raw, content=body)
    assert answer.status_code < 500, (method, path, headers, body, answer.text)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] and answer.json()["code"]
    assert world.money() == before
    return answer


@QUIET
@given(
    role=st.sampled_from([None, *ROLES]), advisor=TEXTS, client=TEXTS, headers=HEADERS, body=BODIES,
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"]),
    route=st.sampled_from(["/advisor/{a}/hygiene", "/advisor/{a}/clients/{c}/digest",
                           "/advisor/{a}/clients/{c}/approve-bills", "/advisor/{a}/clients/{c}/rulings",
                           "/advisor/{a}/rulings", "/advisor/{a}/rulings/{c}/revoke",
                           "/webhooks/{a}/{c}", "/health", "/{a}/{c}"]),
)  # fmt: skip
def test_any_route(one_world: World, tokens: Any, role: Any, advisor: str, client: str, headers: Any, body: bytes,
                   method: str, route: str) -> None:  # fmt: skip
    path = route.format(a=quote(advisor.encode("utf-8", "replace"), ""), c=quote(client.encode("utf-8", "replace"), ""))
    if method == "HEAD":
        body = b""
    raw = headers | (tokens[role] if role else {})
    if method == "HEAD":
        assert one_world.http.request(method, path).status_code < 500
        return
    _send(one_world, method, path, raw, body)


@QUIET
@given(role=st.sampled_from(ROLES), body=BODIES, headers=HEADERS)
def test_any_body_of_an_approval(
    one_world: World, tokens: Any, role: str, body: bytes, headers: dict[str, str]
) -> None:
    given_headers = {"content-type": "application/json", "idempotency-key": "key-00000001", **headers, **tokens[role]}
    path = f"/advisor/{HARBOR}/clients/c01/approve-bills"
    answer = _send(one_world, "POST", path, given_headers, body)
    assert answer.status_code >= 400


KEYS = st.one_of(TEXTS, st.sampled_from(["plaid|posting|1", "qbo|bill|1", "text|A", "text|\x00", "counterparty|1"]))
RULINGS = st.fixed_dictionaries(
    {
        "subject": st.sampled_from(["counterparty", "match", "event", "category"]) | VALUES,
        "verb": st.sampled_from(["join", "separate", "assign"]) | VALUES,
        "left_key": KEYS,
        "right_key": KEYS,
    },
    optional={"client_id": st.sampled_from(["c01", "c03"]) | VALUES, "reason": VALUES, "effective_date": VALUES},
).map(lambda value: json.dumps(value).encode())


@QUIET
@given(role=st.sampled_from(ROLES), body=RULINGS | BODIES, revoked=st.none() | TEXTS)
def test_any_body_of_a_ruling(one_world: World, tokens: Any, role: str, body: bytes, revoked: str | None) -> None:
    path = f"/advisor/{HARBOR}/rulings"
    if revoked is not None:
        path += f"/{quote(revoked.encode('utf-8', 'replace'), '')}/revoke"
    answer = _send(one_world, "POST", path, {"content-type": "application/json", **tokens[role]}, body)
    assert answer.status_code == 201 or answer.status_code >= 400


@QUIET
@given(query=st.dictionaries(st.sampled_from(["limit", "offset", "x"]), TEXTS, max_size=3), role=st.sampled_from(ROLES))
def test_any_query(one_world: World, tokens: Any, query: dict[str, str], role: str) -> None:
    told = "&".join(f"{name}={quote(value.encode('utf-8', 'replace'), '')}" for name, value in query.items())
    _send(one_world, "GET", f"/advisor/{HARBOR}/hygiene?{told}", tokens[role])


@QUIET
@given(
    rail=st.sampled_from(RAILS), headers=HEADERS, body=st.one_of(BODIES, st.sampled_from([body_of(r) for r in RAILS]))
)
def test_any_delivery(one_world: World, rail: str, headers: dict[str, str], body: bytes) -> None:
    assert _send(one_world, "POST", f"/webhooks/{rail}/{rail}-c01", headers, body).status_code == 401
    assert one_world.inbox.pending() == []


@QUIET
@given(rail=st.sampled_from(["qbo", "ramp", "plaid"]), value=VALUES)
def test_any_nonsense_that_the_rail_signed(one_world: World, rail: str, value: Any) -> None:
    body = json.dumps(value).encode()
    answer = _send(one_world, "POST", f"/webhooks/{rail}/{rail}-c01", signed(rail, body), body)
    assert answer.status_code in (400, 401)


@QUIET
@given(rail=st.sampled_from(RAILS), name=st.sampled_from(["id", "type", "object", "business_id", "item_id", "data",
       "account", "webhook_code", "webhook_type", "intuitentityid", "intuitaccountid"]), value=SCALARS)  # fmt: skip
def test_a_delivery_with_one_field_spoilt(one_world: World, rail: str, name: str, value: Any) -> None:
    whole = json.loads(body_of(rail))
    target = whole[0] if isinstance(whole, list) else whole
    target[name] = value
    body = json.dumps(whole).encode()
    assert _send(one_world, "POST", f"/webhooks/{rail}/{rail}-c01", signed(rail, body), body).status_code in (
        204,
        400,
        401,
    )
