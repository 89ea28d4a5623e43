"""What a client owes and spends, as QuickBooks Online keeps it: bills, their payments and credits, purchases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sandbox.world.shapes.notation import major
from sandbox.world.shapes.qbo import USD, Body, Ref, head, linked, ref


def expense_line(number: int, amount: int, account: Ref, description: str) -> Body:
    """A line that books to an account."""
    return {
        "Id": str(number),
        "LineNum": number,
        "Description": description,
        "Amount": major(amount),
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": {
            "AccountRef": ref(account),
            "BillableStatus": "NotBillable",
            "TaxCodeRef": {"value": "NON"},
        },
    }


def bill(
    entity_id: str, vendor_ref: Ref, number: str, bill_date: date, due_date: date, total: int, open_amount: int,
    lines: Sequence[Body], ap_account: Ref, *, memo: str | None = None, payments: Sequence[Body] = (),
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """A vendor bill; `payments` are the LinkedTxn entries that close it."""
    body = {
        **head(entity_id, sync_token, created_at, updated_at),
        "DocNumber": number[:21],
        "TxnDate": bill_date.isoformat(),
        "DueDate": due_date.isoformat(),
        "CurrencyRef": USD,
        "VendorRef": ref(vendor_ref),
        "APAccountRef": ref(ap_account),
        "SalesTermRef": {"value": "3"},
        "TotalAmt": major(total),
        "Balance": major(open_amount),
        "LinkedTxn": list(payments),
        "Line": list(lines),
    }
    if memo:
        body["PrivateNote"] = memo
    return body


def bill_payment(
    entity_id: str, vendor_ref: Ref, day: date, total: int, bank: Ref, applied: Sequence[tuple[str, int]], *,
    credits: Sequence[tuple[str, int]] = (), number: str | None = None, memo: str | None = None, created_at: int,
    updated_at: int, sync_token: int = 0,
) -> Body:  # fmt: skip
    """A payment out of the bank account that closes `applied` bills: (bill id, cents); vendor credits used alike."""
    uses = [(one, "Bill") for one in applied] + [(one, "VendorCredit") for one in credits]
    body = {
        **head(entity_id, sync_token, created_at, updated_at),
        "TxnDate": day.isoformat(),
        "VendorRef": ref(vendor_ref),
        "PayType": "Check",
        "CheckPayment": {"BankAccountRef": ref(bank), "PrintStatus": "NotSet"},
        "TotalAmt": major(total),
        "CurrencyRef": USD,
        "Line": [{"Amount": major(cents), "LinkedTxn": [linked(used, kind)]} for (used, cents), kind in uses],
    }
    if number:
        body["DocNumber"] = number[:21]
    if memo:
        body["PrivateNote"] = memo
    return body


def vendor_credit(
    entity_id: str, vendor_ref: Ref, number: str, day: date, total: int, left: int, lines: Sequence[Body],
    ap_account: Ref, *, memo: str, sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """What a vendor lets off; `left` is what no bill payment has used yet."""
    return {
        **head(entity_id, sync_token, created_at, updated_at),
        "DocNumber": number[:21],
        "TxnDate": day.isoformat(),
        "CurrencyRef": USD,
        "VendorRef": ref(vendor_ref),
        "APAccountRef": ref(ap_account),
        "TotalAmt": major(total),
        "Balance": major(left),
        "PrivateNote": memo,
        "Line": list(lines),
    }


def purchase(
    entity_id: str, day: date, total: int, paid_from: Ref, lines: Sequence[Body], *, card: bool,
    party: Ref | None = None, memo: str | None = None, credit: bool = False, sync_token: int = 0,
    number: str | None = None, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """Money spent without a bill, by card or straight from the bank."""
    body = {
        **head(entity_id, sync_token, created_at, updated_at),
        "PaymentType": "CreditCard" if card else "Check" if number else "Cash",
        "Credit": credit,
        "AccountRef": ref(paid_from),
        "TxnDate": day.isoformat(),
        "TotalAmt": major(total),
        "CurrencyRef": USD,
        "Line": list(lines),
    }
    if party:
        body["EntityRef"] = {**ref(party), "type": "Vendor"}
    if memo:
        body["PrivateNote"] = memo
    if number:
        body["DocNumber"] = number[:21]
    return body
