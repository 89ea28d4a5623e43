"""Bad input: a message in the field's words, a non-2xx, an audit row, and nothing moved or lost."""

from __future__ import annotations

from typing import Any

import pytest

from execution.errors import Conflict, Forbidden, Invalid, NotFound, Refused, RowcolError
from tests.app.api.firms import HARBOR, RAILS, World, body_of, signed

BILL = "qbo:003"


def refused(answer: Any, status: int, code: str, *words: str) -> dict[str, Any]:
    """The answer is a problem document that says these words."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    told = answer.json()
    assert (told["status"], told["code"]) == (status, code) and told["title"]
    assert answer.headers["x-correlation-id"]
    for word in words:
        assert word in told["detail"], (word, told["detail"])
    return dict(told)


def proposed(world: World, bill: str = BILL) -> Any:
    payout = world.plane.payouts.propose(world.person("bookkeeper"), "c01", bill)
    assert payout.state == "proposed", payout.state_reason
    return payout


def newest(world: World) -> Any:
    """The newest event that is no sign-in and no bracket around a batch."""
    return next(e for e in world.events() if e.action != "session.started" and not e.action.startswith("batch."))


@pytest.mark.parametrize("client", ["c99", "c03"], ids=["unknown", "of another firm"])
def test_a_client_out_of_reach(world: World, client: str) -> None:
    before = world.money()
    answer = world.approve("controller", [BILL], client=client)
    refused(answer, 404, "not_found", f"no client '{client}' that you serve", "check the id")
    row = newest(world)
    assert (row.action, row.to_state, row.subject_id) == ("client.get_refused", "refused", client)
    for role in ("controller", "analyst"):
        read = world.http.get(f"/advisor/{HARBOR}/clients/{client}/digest", headers=world.bearer(role))
        refused(read, 404, "not_found", f"'{client}'")
    assert world.money() == before


def test_another_firms_client_reads_exactly_like_an_unknown_one(world: World) -> None:
    def told(client: str) -> Any:
        body = world.approve("controller", [BILL], client=client).json()
        return {name: str(value).replace(client, "it") for name, value in body.items()}

    assert told("c99") == told("c03")


def test_another_firms_address(world: World) -> None:
    answer = world.http.get("/advisor/other/hygiene", headers=world.bearer("controller"))
    unknown = world.http.get("/advisor/nobody/hygiene", headers=world.bearer("controller"))
    refused(answer, 404, "not_found", "no firm 'other' that you work for")
    refused(unknown, 404, "not_found", "no firm 'nobody' that you work for")


@pytest.mark.parametrize("amount", [-5, 0, 10**18, "1e9", 1.5])
def test_an_amount_is_never_taken_from_a_request(world: World, amount: Any) -> None:
    payout = proposed(world)
    before = world.money()
    answer = world.approve("controller", [BILL], amount_minor=amount)
    refused(answer, 422, "malformed_request", "amount_minor is not a field", "the bill's open amount")
    row = newest(world)
    assert row.action == "api.malformed_request" and "amount_minor" in row.inputs["reason"]
    assert row.client_id == "c01" and row.actor_role == "controller"
    assert world.money() == before and payout.state == "proposed"


@pytest.mark.parametrize(
    "bills",
    [[""], ["152"], ["qbo:"], ["qbo:1;drop table payout"], ["qbo:\x00"], [5], [None], [], "qbo:1", ["qbo:1"] * 201],
)
def test_a_malformed_bill_id(world: World, bills: Any) -> None:
    answer = world.approve("controller", bills)
    refused(answer, 422, "malformed_request", "source_bill_ids", "qbo:152")
    assert newest(world).action == "api.malformed_request"


@pytest.mark.parametrize(
    ("minor", "error", "words"),
    [
        (-118_00, Invalid, "has nothing left to pay"),
        (0, Invalid, "has nothing left to pay"),
        (9_000_000_000_000_000, None, "limit"),
    ],
    ids=["negative", "zero", "absurd"],
)
def test_a_bill_with_such_an_amount_is_not_proposed(world: World, minor: int, error: Any, words: str) -> None:
    world.edit_snapshot(f"update pub_open_bills set open_minor = {minor} where source_bill_id = '{BILL}'")
    if error:
        with pytest.raises(error, match=words):
            world.plane.payouts.propose(world.person("bookkeeper"), "c01", BILL)
        assert world.money()["payout"] == []
        row = newest(world)
        assert row.action == "payout.propose_refused" and row.subject_id == BILL
    else:
        payout = world.plane.payouts.propose(world.person("bookkeeper"), "c01", BILL)
        assert payout.state == "blocked" and payout.state_reason
        assert any(
            words in v.reason for v in world.plane.payouts.get(world.person("controller"), payout.payout_id).verdicts
        )
        assert newest(world).action == "payout.blocked"
    assert world.money()["hold"] == []
    refused(world.approve("controller", [BILL]), 409, "nothing_approved", BILL)


def test_a_closed_bill(world: World) -> None:
    payout = proposed(world)
    world.edit_snapshot(f"delete from pub_open_bills where source_bill_id = '{BILL}'")
    told = refused(world.approve("controller", [BILL]), 409, "nothing_approved", BILL, "open bills")
    line = told["lines"][0]
    assert (line["outcome"], line["payout_id"]) == ("blocked", payout.payout_id)
    assert [v["remedy"] for v in line["verdicts"] if not v["passed"]]
    row = newest(world)
    assert (row.action, row.subject_id, row.client_id) == ("payout.approval_refused", payout.payout_id, "c01")
    assert world.plane.payouts.get(world.person("controller"), payout.payout_id).payout.state == "proposed"
    with pytest.raises(RowcolError):
        world.plane.payouts.approve(
            world.person("controller"), payout.payout_id, payload_sha256=payout.payload_sha256, reason="due"
        )
    assert newest(world).action == "payout.approve_refused"
    assert world.money()["approval"] == []


def test_a_bill_that_was_never_there(world: World) -> None:
    told = refused(world.approve("controller", ["qbo:4711"]), 409, "nothing_approved", "qbo:4711", "paid or deleted")
    assert told["lines"][0]["payout_id"] is None
    row = newest(world)
    assert (row.action, row.subject_id, row.client_id) == ("bill.approval_refused", "qbo:4711", "c01")
    with pytest.raises(NotFound, match="qbo:4711"):
        world.plane.payouts.propose(world.person("bookkeeper"), "c01", "qbo:4711")
    assert newest(world).action == "payout.propose_refused"


def test_a_bill_nobody_proposed_names_who_can(world: World) -> None:
    refused(world.approve("controller", [BILL]), 409, "nothing_approved", "Ask a bookkeeper to propose it")
    assert newest(world).action == "bill.approval_refused"


def test_one_refused_bill_never_stops_another(world: World) -> None:
    proposed(world)
    answer = world.approve("controller", [BILL, "qbo:4711"])
    assert answer.status_code == 200
    assert [line["outcome"] for line in answer.json()["lines"]] == ["approved", "blocked"]


@pytest.mark.parametrize(
    "edit",
    [
        "update pub_accounts set available_minor = null",
        "delete from pub_accounts",
        "update pub_accounts set balance_at = balance_at - interval 9 days",
        "update pub_rail_health set status = 'stale' where rail = 'plaid'",
    ],
    ids=["no balance", "no account", "old balance", "old bank feed"],
)
def test_a_stale_balance(world: World, edit: str) -> None:
    payout = proposed(world)
    world.edit_snapshot(edit)
    told = refused(world.approve("controller", [BILL]), 409, "nothing_approved", BILL)
    failing = [v for v in told["lines"][0]["verdicts"] if not v["passed"]]
    assert failing and all(v["reason"] and v["remedy"] for v in failing)
    assert newest(world).action == "payout.approval_refused"
    after = world.plane.payouts.get(world.person("controller"), payout.payout_id).payout
    assert (after.state, after.approvals_have) == ("proposed", 0)
    assert world.money()["hold"] == []


@pytest.mark.parametrize("role", ["bookkeeper", "analyst", "client_owner"])
def test_a_wrong_role(world: World, role: str) -> None:
    payout = proposed(world)
    before = world.money()
    refused(world.approve(role, [BILL]), 403, "forbidden", "may not approve", "ask a controller")
    row = newest(world)
    assert (row.action, row.actor_role, row.client_id) == ("payout.approve_bills_refused", role, "c01")
    with pytest.raises(Forbidden):
        world.plane.payouts.release(world.person(role), payout.payout_id)
    row = newest(world)
    assert (row.action, row.subject_id) == ("payout.release_refused", payout.payout_id)
    assert world.money() == before


def test_the_preparer_may_not_approve(world: World) -> None:
    payout = world.plane.payouts.propose(world.person("controller"), "c01", BILL)
    refused(world.approve("controller", [BILL]), 409, "nothing_approved", BILL)
    with pytest.raises(Refused):
        world.plane.payouts.approve(
            world.person("controller"), payout.payout_id, payload_sha256=payout.payload_sha256, reason="x"
        )
    row = newest(world)
    assert row.action == "payout.approve_refused" and "separate_people" in row.inputs["given"]["guards"]


@pytest.mark.parametrize("key", [None, "short", "k" * 201, "with space in it"])
def test_without_a_good_idempotency_key(world: World, key: str | None) -> None:
    proposed(world)
    path = f"/advisor/{HARBOR}/clients/c01/approve-bills"
    answer = world.http.post(path, json={"source_bill_ids": [BILL]}, headers=world.bearer("controller", key=key))
    refused(answer, 422, "malformed_request", "idempotency-key", "8 to 200 visible characters")
    assert newest(world).action == "api.malformed_request"
    assert world.money()["approval"] == []


def test_the_same_key_again_and_with_another_body(world: World) -> None:
    proposed(world)
    first = world.approve("controller", [BILL])
    approved = world.money()
    assert first.status_code == 200
    assert world.approve("controller", [BILL]).json() == first.json()
    refused(world.approve("controller", ["qbo:004"]), 409, "conflict", "Idempotency-Key", "use a new key")
    assert newest(world).action == "payout.approve_bills_refused"
    assert world.money() == approved
    with pytest.raises(Conflict):
        world.plane.payouts.approve_bills(
            world.person("controller"), "c01", ["qbo:005"], idempotency_key="key-00000001"
        )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer "}])
def test_nobody(world: World, headers: dict[str, str]) -> None:
    answer = world.http.get(f"/advisor/{HARBOR}/hygiene", headers=headers)
    refused(answer, 401, "unauthenticated", "Authorization: Bearer")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert world.system_events()[-1]["action"] == "api.unauthenticated"


@pytest.mark.parametrize("token", ["rc_unknown", "unknown", "é"])
def test_a_token_that_is_none(world: World, token: str) -> None:
    headers = {b"authorization": f"Bearer {token}".encode()}
    answer = world.http.get(f"/advisor/{HARBOR}/hygiene", headers=headers)
    refused(answer, 401, "unauthenticated")


def test_a_stranger_learns_nothing_by_sending_a_body(world: World) -> None:
    answer = world.http.post(f"/advisor/{HARBOR}/clients/c01/approve-bills", content=b"{broken")
    refused(answer, 401, "unauthenticated")


# -- webhooks ---------------------------------------------------------------------------------------------------


def test_an_unknown_rail_and_an_unknown_path(world: World) -> None:
    refused(
        world.http.post("/webhooks/xero/abc", content=b"{}"), 404, "unknown_rail", "'xero'", "qbo, ramp, plaid, stripe"
    )
    refused(
        world.http.post("/webhooks/ramp/nobody", content=b"{}"), 404, "unknown_path", "rowcol clients list --webhooks"
    )
    assert [e["action"] for e in world.system_events()[-2:]] == ["webhook.unknown_rail", "webhook.unknown_path"]
    assert world.inbox.pending() == []


@pytest.mark.parametrize("rail", RAILS)
def test_a_delivery_is_stored_and_its_copy_is_not(world: World, rail: str) -> None:
    body = body_of(rail)
    headers = signed(rail, body)
    assert [world.deliver(rail, body, headers).status_code for _ in range(3)] == [204, 204, 204]
    waiting = world.inbox.pending()
    assert [(row.rail, row.client_id) for row in waiting] == [(rail, "c01")]


@pytest.mark.parametrize("rail", RAILS)
def test_a_wrong_signature(world: World, rail: str) -> None:
    body = body_of(rail)
    for headers in (signed(rail, body, wrong=True), {}, signed(rail, body + b" ")):
        refused(world.deliver(rail, body, headers), 401, "not_verified")
    row = newest(world)
    assert (row.action, row.client_id, row.to_state) == ("webhook.rejected", "c01", "refused")
    assert row.inputs["given"]["code"] == "signature"
    assert world.inbox.pending() == []
    [(told, count)] = world.inbox.refusals()
    assert (told.rail, told.client_id, told.code, count.times) == (rail, "c01", "signature", 3)


@pytest.mark.parametrize("rail", RAILS)
@pytest.mark.parametrize("body", [b"{broken", b"[]", b"7", b"{}", b"\xff\xfe", b""])
def test_a_malformed_body_that_the_rail_signed(world: World, rail: str, body: bytes) -> None:
    answer = world.deliver(rail, body, signed(rail, body))
    # Stripe's SDK reads the body as UTF-8 before it looks at the signature.
    expected = {400: "malformed_delivery", 401: "not_verified"}
    refused(answer, answer.status_code, expected[answer.status_code])
    assert answer.status_code == 400 or (rail, body) == ("stripe", b"\xff\xfe")
    assert newest(world).action == "webhook.rejected"
    assert world.inbox.pending() == []


@pytest.mark.parametrize("rail", ["plaid", "stripe"])
@pytest.mark.parametrize("age", [-400, 400, 86_400])
def test_a_replayed_delivery(world: World, rail: str, age: int) -> None:
    body = body_of(rail)
    refused(world.deliver(rail, body, signed(rail, body, age=age)), 401, "not_verified", "300 s are accepted")
    assert newest(world).inputs["given"]["code"] == "stale"
    assert world.inbox.pending() == []


@pytest.mark.parametrize("rail", RAILS)
def test_a_delivery_about_another_clients_account(world: World, rail: str) -> None:
    body = body_of(rail)
    answer = world.deliver(rail, body, signed(rail, body), client="c02")
    refused(answer, 401, "not_verified", "not this client's")
    assert newest(world).client_id == "c02" and world.inbox.pending() == []
