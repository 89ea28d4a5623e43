"""What customers owe and pay, as QuickBooks Online keeps it: invoices, credits, payments received, deposits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sandbox.world.shapes.notation import major
from sandbox.world.shapes.qbo import USD, Body, Ref, head, linked, ref


def invoice(
    entity_id: str, customer_ref: Ref, number: str, day: date, due_date: date, total: int, open_amount: int,
    income: Ref, description: str, *, payments: Sequence[Body] = (),
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """A customer invoice."""
    return {
        **head(entity_id, sync_token, created_at, updated_at),
        "DocNumber": number[:21],
        "TxnDate": day.isoformat(),
        "DueDate": due_date.isoformat(),
        "CurrencyRef": USD,
        "CustomerRef": ref(customer_ref),
        "SalesTermRef": {"value": "3"},
        "TotalAmt": major(total),
        "Balance": major(open_amount),
        "Deposit": 0.0,
        "EmailStatus": "EmailSent",
        "LinkedTxn": list(payments),
        "Line": _sold(total, income, description),
    }


def _sold(total: int, income: Ref, description: str) -> list[Body]:
    return [
        {
            "Id": "1",
            "LineNum": 1,
            "Description": description,
            "Amount": major(total),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": {
                "ItemRef": {"value": "1", "name": "Services"},
                "UnitPrice": major(total),
                "Qty": 1,
                "ItemAccountRef": ref(income),
                "TaxCodeRef": {"value": "NON"},
            },
        },
        {"Amount": major(total), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}},
    ]


def credit_memo(
    entity_id: str, customer_ref: Ref, number: str, day: date, total: int, left: int, income: Ref, description: str, *,
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """Money that a customer need not pay; `left` is what no payment has used yet."""
    return {
        **head(entity_id, sync_token, created_at, updated_at),
        "DocNumber": number[:21],
        "TxnDate": day.isoformat(),
        "CurrencyRef": USD,
        "CustomerRef": ref(customer_ref),
        "TotalAmt": major(total),
        "Balance": major(left),
        "RemainingCredit": major(left),
        "Line": _sold(total, income, description),
    }


def at_the_counter(
    entity_id: str, customer_ref: Ref, number: str, day: date, total: int, bank: Ref, income: Ref, description: str, *,
    created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """A SalesReceipt (paid at once) or, of the same shape, a RefundReceipt (given back at once)."""
    return {
        **head(entity_id, 0, created_at, updated_at),
        "DocNumber": number[:21],
        "TxnDate": day.isoformat(),
        "CurrencyRef": USD,
        "CustomerRef": ref(customer_ref),
        "DepositToAccountRef": ref(bank),
        "TotalAmt": major(total),
        "Balance": 0.0,
        "Line": _sold(total, income, description),
    }


def payment(
    entity_id: str, customer_ref: Ref, day: date, total: int, applied: Sequence[tuple[str, int]], deposit_to: Ref, *,
    credits: Sequence[tuple[str, int]] = (), reference: str | None = None, payments: Sequence[Body] = (),
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """Money received from a customer, applied to invoices: (invoice id, cents); credit memos used alike."""
    uses = [(one, "Invoice") for one in applied] + [(one, "CreditMemo") for one in credits]
    used_up = sum(cents for _, cents in applied) - sum(cents for _, cents in credits)
    body = {
        **head(entity_id, sync_token, created_at, updated_at),
        "TxnDate": day.isoformat(),
        "CustomerRef": ref(customer_ref),
        "TotalAmt": major(total),
        "UnappliedAmt": major(total - used_up),
        "DepositToAccountRef": ref(deposit_to),
        "CurrencyRef": USD,
        "LinkedTxn": list(payments),
        "Line": [{"Amount": major(cents), "LinkedTxn": [linked(used, kind)]} for (used, cents), kind in uses],
    }
    if reference:
        body["PaymentRefNum"] = reference[:21]
    return body


def deposit_line(amount: int, account_ref: Ref, description: str, method: str | None = None) -> Body:
    """A deposit line that books straight to an account; fees are negative."""
    detail: Body = {"AccountRef": ref(account_ref)}
    if method:
        detail["CheckNum"] = method
    return {
        "Amount": major(amount),
        "Description": description,
        "DetailType": "DepositLineDetail",
        "DepositLineDetail": detail,
    }


def deposit_of_payment(amount: int, payment_id: str) -> Body:
    """A deposit line that carries a received payment to the bank."""
    return {
        "Amount": major(amount),
        "LinkedTxn": [{"TxnId": payment_id, "TxnType": "Payment", "TxnLineId": "0"}],
    }


def deposit(
    entity_id: str, day: date, total: int, bank: Ref, lines: Sequence[Body], *, memo: str | None = None,
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """Money that reached the bank account."""
    body = {
        **head(entity_id, sync_token, created_at, updated_at),
        "DepositToAccountRef": ref(bank),
        "TxnDate": day.isoformat(),
        "TotalAmt": major(total),
        "CurrencyRef": USD,
        "Line": list(lines),
    }
    if memo:
        body["PrivateNote"] = memo
    return body
