"""Plaid through its own SDK: cursors, pending rows that settle, balances, Items that break, webhook keys."""

from __future__ import annotations

import json
from typing import Any

import plaid
import pytest
from plaid.api import plaid_api
from plaid.model.accounts_get_request import AccountsGetRequest
from plaid.model.item_get_request import ItemGetRequest
from plaid.model.item_public_token_exchange_request import ItemPublicTokenExchangeRequest
from plaid.model.products import Products
from plaid.model.sandbox_public_token_create_request import SandboxPublicTokenCreateRequest
from plaid.model.transactions_sync_request import TransactionsSyncRequest

from tests.sandbox.rails.talk import Talk


@pytest.fixture(scope="module")
def api(talk: Talk) -> plaid_api.PlaidApi:
    app = talk.onboarding()["app"]["plaid"]
    keys = {"clientId": app["client_id"], "secret": app["secret"]}
    return plaid_api.PlaidApi(plaid.ApiClient(plaid.Configuration(host=talk.urls["plaid"], api_key=keys)))


def error_code(error: plaid.ApiException) -> str:
    return str(json.loads(error.body)["error_code"])


def test_the_sdk_pages_through_a_whole_history(talk: Talk, api: plaid_api.PlaidApi) -> None:
    seen: list[str] = []
    cursor = ""
    while True:
        request = TransactionsSyncRequest(access_token="access-sandbox-c1", count=500, cursor=cursor)
        page = api.transactions_sync(request, _request_timeout=10)
        seen += [row.transaction_id for row in page.added]
        cursor = page.next_cursor
        if not page.has_more:
            break
    assert len(seen) == len(set(seen)) == 1201
    again = talk.plaid("c1", "/transactions/sync", cursor=cursor).json()
    assert (again["added"], again["removed"], again["next_cursor"]) == ([], [], cursor)


def test_balance_is_opening_less_posted_and_available_less_pending(api: plaid_api.PlaidApi) -> None:
    answer = api.accounts_get(AccountsGetRequest(access_token="access-sandbox-c1"))
    balances = answer.accounts[0].balances
    assert balances.current == pytest.approx(10_000 - 1200 * 1.25)
    assert balances.available == pytest.approx(10_000 - 1200 * 1.25 - 40)


def test_a_cursor_belongs_to_its_item(talk: Talk) -> None:
    _, cursor = talk.plaid_all("c1")
    answer = talk.plaid("c2", "/transactions/sync", cursor=cursor)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "INVALID_FIELD")
    assert talk.plaid("c1", "/transactions/sync", count=501).json()["error_code"] == "INVALID_FIELD"


def test_rows_that_changed_while_paging_restart_the_loop(talk: Talk) -> None:
    first = talk.plaid("c1", "/transactions/sync", count=100).json()
    talk.control("POST", "/faults", {"rail": "plaid", "kind": "mutation_during_paging", "times": 1})
    answer = talk.plaid("c1", "/transactions/sync", count=100, cursor=first["next_cursor"])
    assert answer.json()["error_code"] == "TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION"


def test_wrong_keys_and_unknown_tokens(talk: Talk, api: plaid_api.PlaidApi) -> None:
    with pytest.raises(plaid.ApiException) as caught:
        api.item_get(ItemGetRequest(access_token="access-sandbox-nobody"))
    assert error_code(caught.value) == "INVALID_ACCESS_TOKEN"
    answer = talk.http.post(
        talk.urls["plaid"] + "/item/get", json={"access_token": "x", "client_id": "a", "secret": "b"}
    )
    assert answer.json()["error_code"] == "INVALID_API_KEYS"


def test_a_reset_login_is_healed_by_linking_again(talk: Talk, api: plaid_api.PlaidApi) -> None:
    assert talk.plaid("c2", "/sandbox/item/reset_login").json()["reset_login"] is True
    with pytest.raises(plaid.ApiException) as caught:
        api.accounts_get(AccountsGetRequest(access_token="access-sandbox-c2"))
    assert error_code(caught.value) == "ITEM_LOGIN_REQUIRED"
    options: dict[str, Any] = {"override_username": "c2"}
    made = talk.plaid(
        "c2",
        "/sandbox/public_token/create",
        institution_id="ins_109508",
        initial_products=["transactions"],
        options=options,
    ).json()
    linked = api.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=made["public_token"]))
    assert linked.item_id == "itemc2"
    assert api.accounts_get(AccountsGetRequest(access_token=linked.access_token)).accounts


def test_a_removed_item_is_gone_until_it_is_linked_again(talk: Talk, api: plaid_api.PlaidApi) -> None:
    talk.plaid("c1", "/item/remove")
    assert talk.plaid("c1", "/item/get").json()["error_code"] == "INVALID_ACCESS_TOKEN"
    request = SandboxPublicTokenCreateRequest(institution_id="ins_109508", initial_products=[Products("transactions")])
    token = api.sandbox_public_token_create(request).public_token
    api.item_public_token_exchange(ItemPublicTokenExchangeRequest(public_token=token))
    assert talk.plaid("c1", "/item/get").json()["item"]["item_id"] == "itemc1"


def test_pending_leaves_and_its_posted_row_arrives_under_a_new_id(talk: Talk) -> None:
    _, cursor = talk.plaid_all("c2")
    talk.control("POST", "/clock/advance", {"days": 1.01})
    rows, _ = talk.plaid_all("c2", cursor)
    assert [row["transaction_id"] for row in rows["removed"]] == ["pend1"]
    assert [row["pending_transaction_id"] for row in rows["added"]] == ["pend1"]
