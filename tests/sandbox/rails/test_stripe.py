"""Stripe through its own SDK: lists, filters, the ledger of a payout, events, keys."""

from __future__ import annotations

import pytest
import stripe

from tests.sandbox.rails.talk import Talk


@pytest.fixture(scope="module")
def client(talk: Talk) -> stripe.StripeClient:
    return stripe.StripeClient(
        "rk_test_c1",
        base_addresses={"api": talk.urls["stripe"]},
        stripe_version="2026-05-27.dahlia",
        http_client=stripe.RequestsClient(timeout=10),
    )


def test_the_sdk_pages_newest_first(client: stripe.StripeClient) -> None:
    invoices = client.v1.invoices.list({"limit": 2})
    assert [invoice.id for invoice in invoices.data] == ["in_4", "in_3"]
    assert invoices.has_more
    assert [invoice.id for invoice in invoices.auto_paging_iter()] == ["in_4", "in_3", "in_2", "in_1", "in_0"]


def test_filters_cut_and_unknown_parameters_are_refused(talk: Talk, client: stripe.StripeClient) -> None:
    newest = client.v1.invoices.list({"limit": 1}).data[0]
    later = talk.stripe("c1", "/v1/invoices", **{"created[gte]": newest.created}).json()["data"]
    assert [invoice["id"] for invoice in later] == ["in_4"]
    assert talk.stripe("c1", "/v1/invoices", status="paid").json()["data"] == []
    before = talk.stripe("c1", "/v1/invoices", ending_before="in_2", limit=1).json()
    assert ([row["id"] for row in before["data"]], before["has_more"]) == (["in_3"], True)
    answer = talk.stripe("c1", "/v1/invoices", nonsense="1")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "nonsense")


def test_a_payouts_lines_with_their_sources(client: stripe.StripeClient) -> None:
    lines = client.v1.balance_transactions.list({"payout": "po_1", "limit": 100, "expand": ["data.source"]})
    by_id = {line.id: line for line in lines.data}
    assert by_id["txn_1"].source.object == "charge"
    assert by_id["txn_2"].source.object == "payout"
    assert client.v1.balance.retrieve().available[0].amount == 0


def test_events_follow_the_versions(talk: Talk, client: stripe.StripeClient) -> None:
    before = {event.id for event in client.v1.events.list({"limit": 100}).auto_paging_iter()}
    talk.control("POST", "/clock/advance", {"days": 1.01})
    new = [event for event in client.v1.events.list({"limit": 100}).auto_paging_iter() if event.id not in before]
    assert [event.type for event in new] == ["invoice.paid"]
    assert client.v1.events.retrieve(new[0].id).data.object.id == "in_0"


def test_keys_and_what_they_may_do(talk: Talk, client: stripe.StripeClient) -> None:
    assert client.raw_request("get", "/v1/account").data
    wrong = stripe.StripeClient("rk_wrong", base_addresses={"api": talk.urls["stripe"]})
    with pytest.raises(stripe.AuthenticationError):
        wrong.v1.customers.list()
    with pytest.raises(stripe.PermissionError):
        client.v1.customers.create({"email": "x@y.z"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.invoices.retrieve("in_missing")
    assert caught.value.http_status == 404 and caught.value.request_id


@pytest.mark.parametrize(
    ("kind", "error"),
    [("throttled", stripe.RateLimitError), ("server_error", stripe.APIError), ("rail_down", stripe.APIError)],
)
def test_faults_come_out_as_the_sdks_own_errors(
    talk: Talk, client: stripe.StripeClient, kind: str, error: type[Exception]
) -> None:
    talk.control("POST", "/faults", {"rail": "stripe", "client_key": "c1", "kind": kind})
    with pytest.raises(error):
        client.v1.customers.list()
    assert talk.stripe("c2", "/v1/customers").status_code == 200
