"""Every kind of object of the generated world, against the rails' own specifications."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from sandbox.rails.qbo.query import ENTITIES
from sandbox.world.generate import generate
from sandbox.world.packing import readable
from tests.contract.qbo_types import wrong
from tests.contract.schemas import document, needs_spec, problems, validator, wrong_but_for_nulls

RAMP, RAMP_NEW = "ramp-openapi-2025-08-trimmed.json", "ramp-schemas-2026-05.json"
# A body per state is what counts; of the many alike some are enough.
SAMPLE = 60
RAMP_KINDS = {
    "bill": "Bill",
    "draft_bill": "DraftBill",
    "vendor": "Vendor",
    "vendor_account": "ApiVendorBankAccountResource",
    "vendor_contact": "ApiVendorContactResource",
    "transaction": "Transaction",
    "transfer": "Transfer",
    "reimbursement": "Reimbursement",
    "entity": "ApiEntityResource",
    "bank_account": "ApiBankAccountResource",
    "user": "User",
    "business": "Business",
}
STRIPE_KINDS = (
    "customer", "invoice", "invoice_payment", "charge", "refund", "dispute", "balance_transaction", "payout", "account",
)  # fmt: skip
PLAID_KINDS = {"transaction": "Transaction", "item": "Item", "institution": "Institution"}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("bodies") / "world.db"
    generate(path, clients=12, months=4, seed=7, end=date(2026, 11, 24))
    with sqlite3.connect(path) as connection:
        readable(connection)
        yield connection


def bodies(db: sqlite3.Connection, rail: str, kind: str) -> list[dict[str, Any]]:
    """Spread over clients and versions: first states, later states and last states."""
    rows = db.execute(
        "select json_body(rail, client_key, kind, body) from object_version"
        " where rail=? and kind=? and not is_deleted order by version desc, id limit ?",
        (rail, kind, SAMPLE),
    ).fetchall()
    rows += db.execute(
        "select json_body(rail, client_key, kind, body) from object_version"
        " where rail=? and kind=? and not is_deleted order by id limit ?",
        (rail, kind, SAMPLE),
    ).fetchall()
    assert rows, f"the world holds no {rail} {kind}"
    return [orjson.loads(row[0]) for row in rows]


def test_every_kind_has_a_case(db: sqlite3.Connection) -> None:
    cases = {("qbo", kind) for kind in ENTITIES} | {("ramp", kind) for kind in RAMP_KINDS}
    cases |= {("stripe", kind) for kind in STRIPE_KINDS} | {("plaid", kind) for kind in PLAID_KINDS}
    # The balances of an account and the rows of a payout are the server's own answers, checked there.
    served = {("plaid", "account"), ("stripe", "payout_line")}
    assert set(db.execute("select distinct rail, kind from object_version")) == cases | served


@needs_spec
@pytest.mark.parametrize("kind", ENTITIES)
def test_qbo(db: sqlite3.Connection, kind: str) -> None:
    assert [line for body in bodies(db, "qbo", kind) for line in wrong(kind, body)] == []


@needs_spec
@pytest.mark.parametrize("kind", sorted(RAMP_KINDS))
def test_ramp(db: sqlite3.Connection, kind: str) -> None:
    definition = RAMP_KINDS[kind]
    newer = definition in document(RAMP_NEW)["definitions"]
    check = validator(RAMP_NEW if newer else RAMP, definition)
    assert [line for body in bodies(db, "ramp", kind) for line in wrong_but_for_nulls(check, body)] == []


@needs_spec
@pytest.mark.parametrize("kind", STRIPE_KINDS)
def test_stripe(db: sqlite3.Connection, kind: str) -> None:
    check = validator("stripe.json", kind)
    assert [line for body in bodies(db, "stripe", kind) for line in problems(check, body)] == []


@needs_spec
@pytest.mark.parametrize("kind", sorted(PLAID_KINDS))
def test_plaid(db: sqlite3.Connection, kind: str) -> None:
    check = validator("plaid.yaml", PLAID_KINDS[kind])
    assert [line for body in bodies(db, "plaid", kind) for line in problems(check, body)] == []
