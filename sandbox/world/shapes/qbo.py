"""QuickBooks Online entities at minor version 75. Amounts come in cents, instants in unix seconds, days as dates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sandbox.world.shapes.notation import iso_pacific, major

Body = dict[str, Any]
Ref = tuple[str, str]  # (id, name)
USD: Body = {"value": "USD", "name": "United States Dollar"}


def ref(pair: Ref) -> Body:
    """A reference to another entity."""
    return {"value": pair[0], "name": pair[1]}


def _head(entity_id: str, sync_token: int, created_at: int, updated_at: int) -> Body:
    return {
        "Id": entity_id,
        "SyncToken": str(sync_token),
        "domain": "QBO",
        "sparse": False,
        "MetaData": {"CreateTime": iso_pacific(created_at), "LastUpdatedTime": iso_pacific(updated_at)},
    }


def linked(txn_id: str, txn_type: str) -> Body:
    """One LinkedTxn entry."""
    return {"TxnId": txn_id, "TxnType": txn_type}


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


def company(realm: str, name: str, legal: str, start: date, zone: str, created_at: int) -> Body:
    """CompanyInfo."""
    return {
        **_head("1", 0, created_at, created_at),
        "CompanyName": name,
        "LegalName": legal,
        "Country": "USA",
        "FiscalYearStartMonth": "January",
        "CompanyStartDate": start.isoformat(),
        "SupportedLanguages": "en",
        "DefaultTimeZone": zone,
        "NameValue": [{"Name": "OfferingSku", "Value": "QuickBooks Online Plus"}, {"Name": "RealmId", "Value": realm}],
    }


def account(
    entity_id: str, name: str, classification: str, kind: str, subtype: str, balance: int, *,
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """A ledger account with the books' own balance."""
    return {
        **_head(entity_id, sync_token, created_at, updated_at),
        "Name": name,
        "FullyQualifiedName": name,
        "SubAccount": False,
        "Active": True,
        "Classification": classification,
        "AccountType": kind,
        "AccountSubType": subtype,
        "CurrentBalance": major(balance),
        "CurrentBalanceWithSubAccounts": major(balance),
        "CurrencyRef": USD,
    }


def vendor(
    entity_id: str, name: str, legal: str, email: str, phone: str, *,
    sync_token: int = 0, balance: int = 0, active: bool = True, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """A vendor."""
    return {
        **_head(entity_id, sync_token, created_at, updated_at),
        "DisplayName": name,
        "CompanyName": legal,
        "PrintOnCheckName": legal,
        "Active": active,
        "Balance": major(balance),
        "Vendor1099": False,
        "TermRef": {"value": "3", "name": "Net 30"},
        "PrimaryEmailAddr": {"Address": email},
        "PrimaryPhone": {"FreeFormNumber": phone},
        "CurrencyRef": USD,
    }


def customer(entity_id: str, name: str, legal: str, email: str, *, created_at: int, updated_at: int) -> Body:
    """A customer."""
    return {
        **_head(entity_id, 0, created_at, updated_at),
        "DisplayName": name,
        "CompanyName": legal,
        "FullyQualifiedName": name,
        "Active": True,
        "Job": False,
        "Balance": 0.0,
        "BalanceWithJobs": 0.0,
        "SalesTermRef": {"value": "3", "name": "Net 30"},
        "PrimaryEmailAddr": {"Address": email},
        "CurrencyRef": USD,
    }


def item(entity_id: str, name: str, income: Ref, *, created_at: int, updated_at: int) -> Body:
    """What is sold, with the account that its sales book to."""
    return {
        **_head(entity_id, 0, created_at, updated_at),
        "Name": name,
        "FullyQualifiedName": name,
        "Active": True,
        "Type": "Service",
        "Taxable": False,
        "IncomeAccountRef": ref(income),
        "TrackQtyOnHand": False,
    }


def bill(
    entity_id: str, vendor_ref: Ref, number: str, bill_date: date, due_date: date, total: int, open_amount: int,
    lines: Sequence[Body], ap_account: Ref, *, memo: str | None = None, payments: Sequence[Body] = (),
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """A vendor bill; `payments` are the LinkedTxn entries that close it."""
    body = {
        **_head(entity_id, sync_token, created_at, updated_at),
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
        **_head(entity_id, sync_token, created_at, updated_at),
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


def invoice(
    entity_id: str, customer_ref: Ref, number: str, day: date, due_date: date, total: int, open_amount: int,
    income: Ref, description: str, *, payments: Sequence[Body] = (),
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """A customer invoice."""
    return {
        **_head(entity_id, sync_token, created_at, updated_at),
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
        **_head(entity_id, sync_token, created_at, updated_at),
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
        **_head(entity_id, 0, created_at, updated_at),
        "DocNumber": number[:21],
        "TxnDate": day.isoformat(),
        "CurrencyRef": USD,
        "CustomerRef": ref(customer_ref),
        "DepositToAccountRef": ref(bank),
        "TotalAmt": major(total),
        "Balance": 0.0,
        "Line": _sold(total, income, description),
    }


def vendor_credit(
    entity_id: str, vendor_ref: Ref, number: str, day: date, total: int, left: int, lines: Sequence[Body],
    ap_account: Ref, *, memo: str, sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """What a vendor lets off; `left` is what no bill payment has used yet."""
    return {
        **_head(entity_id, sync_token, created_at, updated_at),
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


def payment(
    entity_id: str, customer_ref: Ref, day: date, total: int, applied: Sequence[tuple[str, int]], deposit_to: Ref, *,
    credits: Sequence[tuple[str, int]] = (), reference: str | None = None, payments: Sequence[Body] = (),
    sync_token: int = 0, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """Money received from a customer, applied to invoices: (invoice id, cents); credit memos used alike."""
    uses = [(one, "Invoice") for one in applied] + [(one, "CreditMemo") for one in credits]
    used_up = sum(cents for _, cents in applied) - sum(cents for _, cents in credits)
    body = {
        **_head(entity_id, sync_token, created_at, updated_at),
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


def purchase(
    entity_id: str, day: date, total: int, paid_from: Ref, lines: Sequence[Body], *, card: bool,
    party: Ref | None = None, memo: str | None = None, credit: bool = False, sync_token: int = 0,
    number: str | None = None, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """Money spent without a bill, by card or straight from the bank."""
    body = {
        **_head(entity_id, sync_token, created_at, updated_at),
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
        **_head(entity_id, sync_token, created_at, updated_at),
        "DepositToAccountRef": ref(bank),
        "TxnDate": day.isoformat(),
        "TotalAmt": major(total),
        "CurrencyRef": USD,
        "Line": list(lines),
    }
    if memo:
        body["PrivateNote"] = memo
    return body


def transfer(
    entity_id: str, day: date, amount: int, source: Ref, target: Ref, memo: str, *, created_at: int, updated_at: int
) -> Body:
    """A move between two of the client's own accounts."""
    return {
        **_head(entity_id, 0, created_at, updated_at),
        "FromAccountRef": ref(source),
        "ToAccountRef": ref(target),
        "Amount": major(amount),
        "TxnDate": day.isoformat(),
        "CurrencyRef": USD,
        "PrivateNote": memo,
    }


def journal_entry(
    entity_id: str, day: date, number: str, debits: Sequence[tuple[Ref, int]], credits: Sequence[tuple[Ref, int]],
    memo: str, *, created_at: int, updated_at: int,
) -> Body:  # fmt: skip
    """A journal entry; both sides are lists of (account, cents)."""
    sides = [("Debit", *side) for side in debits] + [("Credit", *side) for side in credits]
    return {
        **_head(entity_id, 0, created_at, updated_at),
        "Adjustment": False,
        "DocNumber": number[:21],
        "TxnDate": day.isoformat(),
        "CurrencyRef": USD,
        "PrivateNote": memo,
        "TotalAmt": major(sum(cents for _, cents in debits)),
        "Line": [
            {
                "Id": str(at),
                "Description": memo,
                "Amount": major(cents),
                "DetailType": "JournalEntryLineDetail",
                "JournalEntryLineDetail": {"PostingType": side, "AccountRef": ref(account_ref)},
            }
            for at, (side, account_ref, cents) in enumerate(sides)
        ],
    }
