"""Double entry as QuickBooks posts it: what each kind of transaction does to which ledger account.

Cents, debits positive; the entries of one transaction add up to nothing.
"""

from __future__ import annotations

from typing import Any

Body = dict[str, Any]
Entry = tuple[str, int]  # (account id, cents)
PAYABLES, RECEIVABLES, UNDEPOSITED = "33", "84", "4"
TRANSACTIONS = (
    "Bill", "BillPayment", "Purchase", "Invoice", "Payment", "Deposit", "Transfer", "JournalEntry", "VendorCredit",
    "CreditMemo", "SalesReceipt", "RefundReceipt",
)  # fmt: skip


def cents(value: Any) -> int:
    """Major units as cents; nothing is none."""
    return round(float(value or 0) * 100)


def _of(body: Body, name: str, default: str = "") -> str:
    return str((body.get(name) or {}).get("value") or default)


def _lines(body: Body, sign: int, linked: str = UNDEPOSITED) -> list[Entry]:
    """The lines that book to an account; a linked payment leaves undeposited funds."""
    found: list[Entry] = []
    for line in body.get("Line", ()):
        detail = line.get(line.get("DetailType", ""), {})
        account = _of(detail, "AccountRef") or _of(detail, "ItemAccountRef")
        if not account and line.get("LinkedTxn"):
            account = linked
        if account:
            found.append((account, sign * cents(line.get("Amount"))))
    return found


def entries(kind: str, body: Body) -> list[Entry]:
    """What a transaction posts. Raises KeyError for a kind that posts nothing."""
    total = cents(body.get("TotalAmt"))
    if kind == "Bill":
        return [(_of(body, "APAccountRef", PAYABLES), -total), *_lines(body, 1)]
    if kind == "VendorCredit":
        return [(_of(body, "APAccountRef", PAYABLES), total), *_lines(body, -1)]
    if kind == "BillPayment":
        check, card = body.get("CheckPayment") or {}, body.get("CreditCardPayment") or {}
        source = _of(check, "BankAccountRef") or _of(card, "CCAccountRef")
        return [(source, -total), (_of(body, "APAccountRef", PAYABLES), total)]
    if kind == "Purchase":
        sign = -1 if body.get("Credit") else 1
        return [(_of(body, "AccountRef"), -sign * total), *_lines(body, sign)]
    if kind == "Invoice":
        return [(RECEIVABLES, total), *_lines(body, -1)]
    if kind == "CreditMemo":
        return [(RECEIVABLES, -total), *_lines(body, 1)]
    if kind == "Payment":
        return [(_of(body, "DepositToAccountRef", UNDEPOSITED), total), (RECEIVABLES, -total)]
    if kind == "SalesReceipt":
        return [(_of(body, "DepositToAccountRef", UNDEPOSITED), total), *_lines(body, -1)]
    if kind == "RefundReceipt":
        return [(_of(body, "DepositToAccountRef", UNDEPOSITED), -total), *_lines(body, 1)]
    if kind == "Deposit":
        return [(_of(body, "DepositToAccountRef"), total), *_lines(body, -1)]
    if kind == "Transfer":
        amount = cents(body.get("Amount"))
        return [(_of(body, "FromAccountRef"), -amount), (_of(body, "ToAccountRef"), amount)]
    if kind == "JournalEntry":
        found = []
        for line in body.get("Line", ()):
            detail = line.get("JournalEntryLineDetail", {})
            sign = -1 if detail.get("PostingType") == "Credit" else 1
            found.append((_of(detail, "AccountRef"), sign * cents(line.get("Amount"))))
        return found
    raise KeyError(kind)


def label(kind: str, body: Body) -> str:
    """The kind as QuickBooks' reports call it."""
    if kind == "BillPayment":
        return f"Bill Payment ({'Credit Card' if body.get('PayType') == 'CreditCard' else 'Check'})"
    if kind == "Purchase":
        if body.get("PaymentType") == "CreditCard":
            return "Credit Card Credit" if body.get("Credit") else "Expense"
        return "Check" if body.get("PaymentType") == "Check" else "Expense"
    return {
        "JournalEntry": "Journal Entry",
        "VendorCredit": "Vendor Credit",
        "CreditMemo": "Credit Memo",
        "SalesReceipt": "Sales Receipt",
        "RefundReceipt": "Refund",
    }.get(kind, kind)
