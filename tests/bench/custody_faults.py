"""Faults on the way of a payment, planted in what the sandbox will show, and where each must be named.

Each planter answers from when on the rails show the fault; a sync after that instant must name it, with its owner.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from execution.domain.business_days import add_business_days
from execution.domain.custody import PACES, end_of
from tests.bench.custody_world import Firm, Paid

Planter = Callable[[Firm, Paid, dict[str, Any]], datetime | None]
ACH = PACES["ACH"]


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _line(firm: Firm, paid: Paid, row: dict[str, Any]) -> tuple[str, int, int, dict[str, Any]] | None:
    """The posted bank line that the sandbox will show: (id, version, visible_at, body)."""
    for object_id in firm.traces(paid.client, row["rail_bill_id"]).get("plaid transaction", []):
        for version, at, body in firm.planned(paid.client, "plaid", "transaction", object_id):
            if body.get("pending") is False:
                return object_id, version, at, body
    return None


def bank_line_missing(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """The bank never shows the debit."""
    for object_id in firm.traces(paid.client, row["rail_bill_id"]).get("plaid transaction", []):
        firm.forget(paid.client, "plaid", "transaction", object_id)
    return end_of(add_business_days(row["payment_date"], ACH.to_posting))


def wrong_amount(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """The bank debits another amount under the payment's trace."""
    if (found := _line(firm, paid, row)) is None:
        return None
    object_id, version, at, body = found
    body["amount"] = round(body["amount"] + 13.37, 2)
    firm.rewrite(paid.client, "plaid", "transaction", object_id, version, body)
    return _instant(at)


def ambiguous_twin(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """The line loses its trace, and another line of the same text, amount and day stands beside it."""
    if (found := _line(firm, paid, row)) is None:
        return None
    object_id, version, at, body = found
    body["payment_meta"]["reference_number"] = None
    body["original_description"] = body["name"]
    firm.rewrite(paid.client, "plaid", "transaction", object_id, version, body)
    _copy_line(firm, paid, at, body)
    return _instant(at)


def _copy_line(firm: Firm, paid: Paid, at: int, body: dict[str, Any]) -> None:
    copy_id = uuid.UUID(int=firm.random.getrandbits(128)).hex
    copy = {**body, "transaction_id": copy_id, "pending_transaction_id": None}
    firm.add(paid.client, "plaid", "transaction", copy_id, at + 60, copy, amount_minor=round(body["amount"] * 100),
             account_id=body["account_id"])  # fmt: skip


def paid_by_hand(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """Somebody records a second bill payment in QBO while ours is on its way."""
    if (found := _line(firm, paid, row)) is None or not row["source_bill_id"].startswith("qbo:"):
        return None
    at = found[2] - 3600
    payment_id = str(90_000_000 + firm.random.randrange(9_000_000))
    stamp = _instant(at).isoformat()
    total = row["amount_minor"] / 100
    linked = [{"Amount": total, "LinkedTxn": [{"TxnId": row["source_bill_id"][4:], "TxnType": "Bill"}]}]
    body = {"Id": payment_id, "SyncToken": "0", "domain": "QBO", "sparse": False,
            "MetaData": {"CreateTime": stamp, "LastUpdatedTime": stamp}, "TxnDate": stamp[:10], "DocNumber": "1044",
            "CurrencyRef": {"value": "USD"}, "VendorRef": {"value": row["vendor_id_qbo"], "name": row["vendor_name"]},
            "PayType": "Check", "CheckPayment": {"BankAccountRef": {"value": _bank_account(firm, paid.client)}},
            "TotalAmt": total, "PrivateNote": "paid by hand", "Line": linked}  # fmt: skip
    firm.add(paid.client, "qbo", "BillPayment", payment_id, at, body, amount_minor=row["amount_minor"])
    # With Ramp's own payment in the books, the one by hand is told from ours.
    return _instant(found[2]) + timedelta(hours=9)


def _bank_account(firm: Firm, client: str) -> str:
    return str(firm.taken.profiles[client]["qbo"]["bank_account_id"])


def books_missing(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """Ramp's QuickBooks link never writes the bill payment."""
    if not row["source_bill_id"].startswith("qbo:"):
        return None
    for object_id in firm.traces(paid.client, row["rail_bill_id"]).get("qbo BillPayment", []):
        firm.forget(paid.client, "qbo", "BillPayment", object_id)
    firm.forget(paid.client, "qbo", "Bill", row["source_bill_id"][4:])
    return end_of(add_business_days(row["payment_date"], ACH.to_posting + ACH.to_books))


def books_wrong(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """The bill payment in QBO is of another amount."""
    for object_id in firm.traces(paid.client, row["rail_bill_id"]).get("qbo BillPayment", []):
        for version, at, body in firm.planned(paid.client, "qbo", "BillPayment", object_id):
            body["TotalAmt"] = body["Line"][0]["Amount"] = round(body["TotalAmt"] - 10, 2)
            firm.rewrite(paid.client, "qbo", "BillPayment", object_id, version, body)
            return _instant(at)
    return None


def line_vanishes(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """The bank takes a posted line back, days after it proved the payment."""
    if (found := _line(firm, paid, row)) is None:
        return None
    object_id, _, at, body = found
    gone_at = at + 9 * 86_400
    firm.add(paid.client, "plaid", "transaction", object_id, gone_at,
             {"transaction_id": object_id, "account_id": body["account_id"]}, gone=True)  # fmt: skip
    return _instant(gone_at)


def ramp_archived(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """Somebody archives the bill in Ramp before it starts."""
    ramp = firm.taken.profiles[paid.client]["ramp"]
    base = f"{firm.taken.urls['ramp']}/developer/v1"
    form = {"grant_type": "client_credentials", "scope": "bills:write"}
    signed = (ramp["executor_client_id"], ramp["executor_client_secret"])
    token = httpx.post(f"{base}/token", data=form, auth=signed, timeout=30).raise_for_status().json()["access_token"]
    done = httpx.delete(f"{base}/bills/{row['rail_bill_id']}", headers={"Authorization": f"Bearer {token}"}, timeout=30)
    return firm.now() if done.status_code == 204 else None


def harmless_twin(firm: Firm, paid: Paid, row: dict[str, Any]) -> datetime | None:
    """No fault: another payment of the same amount and day, without the trace. Ours must still be proven."""
    if (found := _line(firm, paid, row)) is None:
        return None
    _, _, at, body = found
    meta = {**body["payment_meta"], "reference_number": None}
    other = {**body, "payment_meta": meta, "name": "ACH DEBIT OTHER CO", "original_description": "ACH DEBIT OTHER CO"}
    _copy_line(firm, paid, at, other)
    return None


# Fault → (planter, the link and finding that must name it). A return is planted before the send, at Ramp itself.
FAULTS: dict[str, tuple[Planter, tuple[str, str]]] = {
    "bank line missing": (bank_line_missing, ("bank_posting", "late")),
    "wrong amount": (wrong_amount, ("bank_posting", "contradicts")),
    "ambiguous twin": (ambiguous_twin, ("bank_posting", "ambiguous")),
    "paid by hand in QBO": (paid_by_hand, ("book_payment", "paid_elsewhere")),
    "QBO payment missing": (books_missing, ("book_payment", "late")),
    "QBO payment of another amount": (books_wrong, ("book_payment", "contradicts")),
    "bank line taken back": (line_vanishes, ("bank_posting", "vanished")),
    "archived in Ramp": (ramp_archived, ("ramp_bill", "vanished")),
}
RETURNED = "returned by the payee's bank"
