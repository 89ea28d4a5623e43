"""Every endpoint that the sandbox serves, against the rails' own specifications."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.rails.http import Routes
from sandbox.rails.signatures import PlaidSigner
from sandbox.server import Sandbox
from tests.contract import rich_world
from tests.contract.qbo_types import wrong
from tests.contract.schemas import answer_schema, document, needs_spec, problems, validator, wrong_but_for_nulls
from tests.rails_server import running_sandbox
from tests.sandbox.rails.talk import READ, WRITE, Talk
from tests.sandbox.rails.test_ramp import bill_of
from tests.sandbox.rails.tiny_world import ENTITY, FUNDING, USER, VENDOR

RAMP, RAMP_NEW = "ramp-openapi-2025-08-trimmed.json", "ramp-schemas-2026-05.json"
ID = rich_world.ID
# route -> (definition in the 2025-08 file, whether a list)
RAMP_READS = {
    "/bills": ("Bill", "/bills"), "/bills/{id}": ("Bill", f"/bills/{ID(2)}"),
    "/bills/drafts": ("DraftBill", "/bills/drafts"), "/bills/drafts/{id}": ("DraftBill", f"/bills/drafts/{ID(3)}"),
    "/vendors": ("Vendor", "/vendors"), "/vendors/{id}": ("Vendor", f"/vendors/{VENDOR}"),
    "/vendors/{id}/contacts": ("ApiVendorContactResource", f"/vendors/{VENDOR}/contacts"),
    "/vendors/{id}/accounts": ("ApiVendorBankAccountResource", f"/vendors/{VENDOR}/accounts"),
    "/entities": ("ApiEntityResource", "/entities"), "/entities/{id}": ("ApiEntityResource", f"/entities/{ENTITY}"),
    "/bank-accounts": ("ApiBankAccountResource", "/bank-accounts"),
    "/bank-accounts/{id}": ("ApiBankAccountResource", f"/bank-accounts/{FUNDING}"),
    "/transactions": ("Transaction", "/transactions"), "/transactions/{id}": ("Transaction", f"/transactions/{ID(4)}"),
    "/transfers": ("Transfer", "/transfers"), "/transfers/{id}": ("Transfer", f"/transfers/{ID(7)}"),
    "/reimbursements": ("Reimbursement", "/reimbursements"),
    "/reimbursements/{id}": ("Reimbursement", f"/reimbursements/{ID(9)}"),
    "/users": ("User", "/users"), "/users/{id}": ("User", f"/users/{USER}"),
    "/business": ("Business", "/business"),
    "/accounting/all-connections": ("ApiAccountingProviderAccessListResource", "/accounting/all-connections"),
}  # fmt: skip
RAMP_WRITES = {
    "POST /bills", "PATCH /bills/{id}", "DELETE /bills/{id}", "POST /bills/{id}/hold", "POST /bills/{id}/release",
    "POST /bills/{id}/attachments", "POST /bills/drafts", "PATCH /bills/drafts/{id}", "POST /bills/drafts/{id}/submit",
    "POST /bills/drafts/{id}/attachments", "GET /webhooks", "POST /webhooks", "GET /webhooks/{id}",
    "DELETE /webhooks/{id}", "POST /webhooks/{id}/verify", "POST /token", "POST /token/revoke",
}  # fmt: skip
PLAID_CASES: dict[str, dict[str, Any]] = {
    "/transactions/sync": {"count": 500, "options": {"include_original_description": True}},
    "/accounts/get": {},
    "/accounts/balance/get": {},
    "/item/get": {},
    "/institutions/get_by_id": {"institution_id": "ins_109508", "country_codes": ["US"]},
    "/sandbox/public_token/create": {"institution_id": "ins_109508", "initial_products": ["transactions"]},
    "/item/public_token/exchange": {},
    "/sandbox/item/fire_webhook": {"webhook_code": "DEFAULT_UPDATE"},
    "/webhook_verification_key/get": {},
    "/sandbox/item/reset_login": {},
    "/item/remove": {},
}
STRIPE_IDS = {
    "customers": "cus_1", "invoices": "in_1", "invoice_payments": "inpay_1", "charges": "ch_1", "refunds": "re_1",
    "disputes": "dp_1", "balance_transactions": "txn_1", "payouts": "po_1",
}  # fmt: skip
STRIPE_PATHS = {
    **{f"/v1/{name}": f"/v1/{name}" for name in STRIPE_IDS},
    **{f"/v1/{name}/{{id}}": f"/v1/{name}/{object_id}" for name, object_id in STRIPE_IDS.items()},
    "/v1/account": "/v1/account",
    "/v1/balance": "/v1/balance",
    "/v1/events": "/v1/events",
    "/v1/events/{id}": "",
    "/v1/invoices/{id}/lines": "/v1/invoices/in_1/lines",
}
QBO_CASES = {
    "POST /oauth2/v1/tokens/bearer", "GET /v3/company/{realm}/query", "POST /v3/company/{realm}/query",
    "GET /v3/company/{realm}/cdc", "GET /v3/company/{realm}/companyinfo/{id}", "GET /v3/company/{realm}/{entity}/{id}",
    "GET /v3/company/{realm}/reports/{name}",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return rich_world.make(tmp_path_factory.mktemp("contract") / "world.db")


@pytest.fixture(scope="module")
def talk(world: Path) -> Iterator[Talk]:
    with running_sandbox(world, paused=True) as urls, httpx.Client(timeout=10, trust_env=False) as http:
        yield Talk(urls, http)


def test_every_route_has_a_case(tmp_path: Path) -> None:
    rails = Sandbox(rich_world.make(tmp_path / "world.db")).rails

    def served(name: str) -> set[str]:
        routes: Routes = rails[name].routes
        return {f"{route.method} {route.template}" for route in routes.all}

    base = "/developer/v1"
    ramp = {f"GET {base}{path}" for path in RAMP_READS} | {one.replace(" /", f" {base}/", 1) for one in RAMP_WRITES}
    assert served("ramp") == ramp
    assert served("plaid") == {f"POST {path}" for path in PLAID_CASES}
    assert served("stripe") == {f"GET {path}" for path in STRIPE_PATHS}
    assert served("qbo") == QBO_CASES


@needs_spec
def test_plaid_answers(talk: Talk) -> None:
    made = talk.plaid("c1", "/sandbox/public_token/create", **PLAID_CASES["/sandbox/public_token/create"]).json()
    key_id = PlaidSigner("7", 0).key_id
    for path, given in PLAID_CASES.items():
        extra = {"/item/public_token/exchange": {"public_token": made["public_token"]}}.get(path, {})
        extra |= {"key_id": key_id} if path == "/webhook_verification_key/get" else {}
        answer = talk.plaid("c1", path, **given, **extra)
        assert answer.status_code == 200, (path, answer.text)
        assert problems(answer_schema("plaid.yaml", "post", path), answer.json()) == [], path
    refused = talk.plaid("c1", "/accounts/get")
    assert refused.status_code == 400
    assert problems(validator("plaid.yaml", "PlaidError"), refused.json()) == []


@needs_spec
def test_stripe_answers(talk: Talk) -> None:
    newest = talk.stripe("c1", "/v1/events").json()["data"][0]["id"]
    for template, path in STRIPE_PATHS.items():
        answer = talk.stripe("c1", path or f"/v1/events/{newest}")
        assert answer.status_code == 200, (template, answer.text)
        assert answer.json().get("data", [1]), template
        published = next(known for known in document("stripe.json")["paths"] if _same_path(known, template))
        assert problems(answer_schema("stripe.json", "get", published), answer.json()) == [], template
    refused = talk.stripe("c1", "/v1/invoices/in_none")
    assert problems(validator("stripe.json", "error"), refused.json()) == []


def _same_path(known: str, template: str) -> bool:
    ours, theirs = template.split("/"), known.split("/")
    return len(ours) == len(theirs) and all(
        a == b or (a.startswith("{") and b.startswith("{")) for a, b in zip(ours, theirs, strict=True)
    )


@needs_spec
def test_ramp_reads(talk: Talk) -> None:
    token = talk.ramp_token("c1", scope=READ)
    for template, (definition, path) in RAMP_READS.items():
        answer = talk.ramp(token, "GET", path)
        assert answer.status_code == 200, (template, answer.text)
        body = answer.json()
        rows = body.get("data", [body])
        assert rows, template
        # Where both files know an object, the newer one counts: the older knows fewer nulls.
        newer = definition in document(RAMP_NEW)["definitions"]
        for row in rows:
            assert wrong_but_for_nulls(validator(RAMP_NEW if newer else RAMP, definition), row) == [], template
        if "data" in body:
            assert problems(validator(RAMP, "DeveloperAPINestedPage"), body["page"]) == [], template


@needs_spec
def test_ramp_writes(talk: Talk) -> None:
    token = talk.ramp_token("c1", "executor", WRITE)
    bill_schema, draft_schema = validator(RAMP_NEW, "Bill"), validator(RAMP, "DraftBill")

    def call(method: str, path: str, status: int = 200, **given: Any) -> Any:
        answer = talk.ramp(token, method, path, **given)
        assert answer.status_code == status, (method, path, answer.text)
        return answer.json() if answer.content else None

    made = call("POST", "/bills", 201, json=bill_of("CONTRACT"))
    path = f"/bills/{made['id']}"
    for bill in (made, call("PATCH", path, json={"memo": "new"}), call("POST", f"{path}/hold", json={}),
                 call("POST", f"{path}/release", json={})):  # fmt: skip
        assert problems(bill_schema, bill) == []
    files = {"file": ("a.pdf", b"%PDF-1.4", "application/pdf")}
    assert call("POST", f"{path}/attachments", files=files, data={"attachment_type": "INVOICE"})["id"]
    call("DELETE", path, 204)
    draft = call("POST", "/bills/drafts", 201, json={"vendor_id": VENDOR})
    assert problems(draft_schema, draft) == []
    given = bill_of("DRAFT")
    del given["payment_details"], given["payment_method"]
    path = f"/bills/drafts/{draft['id']}"
    assert problems(draft_schema, call("PATCH", path, json=given)) == []
    assert call("POST", f"{path}/attachments", files=files, data={"attachment_type": "INVOICE"})["id"]
    assert problems(draft_schema, call("POST", f"{path}/submit", json={})) == []
    hook = call("POST", "/webhooks", 201, json={"endpoint_url": "http://127.0.0.1:9/x", "event_types": ["bills.paid"]})
    assert problems(validator(RAMP, "OutboundWebhookSubscriptionWithSecretResource"), hook) == []
    for one in (call("GET", f"/webhooks/{hook['id']}"), *call("GET", "/webhooks")):
        assert problems(validator(RAMP, "OutboundWebhookSubscriptionResource"), one) == []
    call("POST", f"/webhooks/{hook['id']}/verify", 422, json={"challenge": "x"})
    call("DELETE", f"/webhooks/{hook['id']}", 204)
    talk.http.post(f"{talk.urls['ramp']}/developer/v1/token/revoke").raise_for_status()


@needs_spec
def test_qbo_answers(talk: Talk) -> None:
    definitions = document("qbo-entities.json")["definitions"]
    tokens = talk.qbo_token("c1").json()
    assert {"access_token", "refresh_token", "expires_in", "x_refresh_token_expires_in", "token_type"} <= set(tokens)
    token = tokens["access_token"]
    for kind in ("Bill", "Vendor", "Account", "CompanyInfo"):
        answer = talk.qbo(token, "c1", "/query", query=f"select * from {kind}").json()
        assert set(answer) == {"QueryResponse", "time"}
        for row in answer["QueryResponse"][kind]:
            assert list(wrong(kind, row)) == []
    one = talk.qbo(token, "c1", "/bill/100").json()
    assert set(one) == {"Bill", "time"}
    assert set(talk.qbo(token, "c1", "/companyinfo/1").json()) == {"CompanyInfo", "time"}
    cdc = talk.qbo(token, "c1", "/cdc", entities="Bill", changedSince="2026-11-20").json()
    assert cdc["CDCResponse"][0]["QueryResponse"][0]["Bill"]
    realm = talk.profile("c1")["qbo"]["realm_id"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/text"}
    url = f"{talk.urls['qbo']}/v3/company/{realm}/query"
    posted = talk.http.post(url, content=b"select count(*) from Bill", headers=headers)
    assert posted.json()["QueryResponse"] == {"totalCount": 5}
    fault = talk.http.get(f"{url}?query=nonsense", headers=headers).json()["Fault"]
    assert set(fault) == {"Error", "type"}
    assert set(fault["Error"][0]) <= {field.removeprefix("@") for field in definitions["Error"]["fields"]}
