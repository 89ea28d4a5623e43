"""The hand-made world with every kind of object on it, in the shapes that the generator writes."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from sandbox.world.shapes import plaid, ramp, stripe, stripe_invoices
from tests.sandbox.rails import tiny_world as tiny

AT = tiny.NOW - 10 * tiny.DAY
DAY = date(2026, 11, 14)
ID = "77777777-7777-4777-8777-{:012d}".format


def make(path: Path) -> Path:
    """Two clients; the first one has every kind."""
    tiny.make(path)
    db = sqlite3.connect(path)
    db.execute("delete from object_version where rail in ('stripe','plaid','ramp') and client_key='c1'")
    for rail, kind, object_id, body, amount, account in _objects():
        row = (rail, "c1", kind, object_id, 0, AT, AT, 0, amount, account, orjson.dumps(body))
        db.execute("insert into object_version values (?,?,?,?,?,?,?,?,?,?,?)", row)
    db.commit()
    db.close()
    return path


def _objects() -> list[tuple[str, str, str, Any, int | None, str | None]]:
    found: list[tuple[str, str, str, Any, int | None, str | None]] = []

    def add(
        rail: str, kind: str, object_id: str, body: Any, amount: int | None = None, account: str | None = None
    ) -> None:
        found.append((rail, kind, object_id, body, amount, account))

    contact = ramp.vendor_contact(tiny.VENDOR_CONTACT, tiny.VENDOR, "Vic", "Stone", "v@example.com", "+15550100")
    owner = {"id": tiny.USER, "first_name": "Ana", "last_name": "Ruiz"}
    business = "99999999-9999-4999-8999-000000000001"
    coding = ramp.category("64", "Hosting")
    add("ramp", "business", business, ramp.business(business, "Client 1 LLC", "+15550100", AT))
    person = ramp.user(tiny.USER, business, tiny.ENTITY, "Ana", "Ruiz", "ana@example.com", "BUSINESS_ADMIN")
    add("ramp", "user", tiny.USER, person)
    add("ramp", "entity", tiny.ENTITY, ramp.entity(tiny.ENTITY, "Main", tiny.FUNDING, "1"))
    add("ramp", "bank_account", tiny.FUNDING, ramp.bank_account(tiny.FUNDING, "First Bank", "4410", "Operating"))
    add("ramp", "vendor", tiny.VENDOR, ramp.vendor(tiny.VENDOR, "Nimbus", "Nimbus LLC", "56", contact, AT))
    add("ramp", "vendor_contact", tiny.VENDOR_CONTACT, contact)
    add("ramp", "vendor_account", tiny.VENDOR_ACCOUNT, ramp.vendor_account(tiny.VENDOR_ACCOUNT, tiny.VENDOR, "Main"))
    pay = ramp.payment(ID(1), "P-1", 5000, DAY, tiny.FUNDING, tiny.VENDOR_ACCOUNT, effective=DAY, trace="021")
    paid = ramp.bill(
        ID(2), tiny.ENTITY, tiny.VENDOR, "Nimbus", "56", tiny.VENDOR_CONTACT, "A-1", 5000, DAY, DAY, AT, owner, coding,
        status="PAID", approval="APPROVED", summary="PAYMENT_COMPLETED", sync="BILL_SYNCED", paid_at=AT,
        payment_body=pay,
    )  # fmt: skip
    add("ramp", "bill", ID(2), paid, 5000)
    draft = ramp.draft_bill(ID(3), tiny.ENTITY, tiny.VENDOR, "Nimbus", "56", "A-2", 5000, DAY, DAY, AT, owner)
    add("ramp", "draft_bill", ID(3), draft, 5000)
    card = ramp.transaction(
        ID(4), 1234, ID(5), "Corner Cafe", "CORNER CAFE 12", ("5812", "Restaurants"), owner, ID(6), tiny.ENTITY, AT,
        coding, state="CLEARED", settled=AT, sync="SYNCED", synced_at=AT,
    )  # fmt: skip
    add("ramp", "transaction", ID(4), card, 1234)
    add(
        "ramp",
        "transfer",
        ID(7),
        ramp.transfer(ID(7), 900, "COMPLETED", tiny.ENTITY, tiny.FUNDING, ID(8), "SYNCED", AT),
    )
    back = ramp.reimbursement(
        ID(9), 700, DAY, tiny.ENTITY, person, "Taxi", ID(8), AT, state="REIMBURSED", approved_at=AT, updated_at=AT,
        sync="SYNCED", memo="ride",
    )  # fmt: skip
    add("ramp", "reimbursement", ID(9), back, 700)

    add(
        "plaid", "account", tiny.OPERATING, plaid.account(tiny.OPERATING, "Operating", "4410", "depository", "checking")
    )
    add("plaid", "item", "itemc1", plaid.item("itemc1", "ins_109508", "First Platypus Bank"))
    add("plaid", "institution", "ins_109508", plaid.institution("ins_109508", "First Platypus Bank"))
    posted = plaid.transaction("t1", tiny.OPERATING, 4200, DAY, "NIMBUS", "ACH DEBIT NIMBUS", reference="021")
    add("plaid", "transaction", "t1", posted, 4200, tiny.OPERATING)
    waiting = plaid.transaction("t2", tiny.OPERATING, 100, DAY, "CAFE", "POS CAFE", pending=True)
    add("plaid", "transaction", "t2", waiting, 100, tiny.OPERATING)

    add("stripe", "account", "acct_c1", stripe.account("acct_c1", "Client 1", "c@example.com", AT, 2))
    add("stripe", "customer", "cus_1", stripe.customer("cus_1", "Ann", "ann@example.com", AT))
    invoice = stripe_invoices.invoice(
        "in_1", "cus_1", "Ann", "ann@example.com", "A-1", "paid", 2500, AT, line_id="il_1", subscription=None,
        subscription_item=None, description="Work", period_end=AT, paid_at=AT, finalized_at=AT, due=AT,
    )  # fmt: skip
    add("stripe", "invoice", "in_1", invoice, 2500)
    add(
        "stripe", "invoice_payment", "inpay_1", stripe_invoices.invoice_payment("inpay_1", "in_1", "pi_1", 2500, AT, AT)
    )
    charge = stripe.charge(
        "ch_1", "pi_1", "cus_1", "Ann", "ann@example.com", 2500, AT, balance_transaction="txn_1", last4="4242",
        method_id="pm_1", description="Work",
    )  # fmt: skip
    add("stripe", "charge", "ch_1", charge, 2500)
    add("stripe", "refund", "re_1", stripe.refund("re_1", "ch_1", "pi_1", 500, AT, "txn_2"))
    line = stripe.balance_transaction("txn_1", "charge", 2500, 103, "ch_1", AT, AT, "available", "Work")
    add("stripe", "balance_transaction", "txn_1", line)
    add("stripe", "dispute", "dp_1", stripe.dispute("dp_1", "ch_1", "pi_1", 2500, AT, "needs_response", AT, [line]))
    add("stripe", "payout", "po_1", stripe.payout("po_1", 2397, AT, AT, "ba_1", "txn_1", "paid", reconciled=True))
    add("stripe", "payout_line", "po_1:txn_1", stripe.payout_line("po_1", "txn_1"))
    return found
