"""QuickBooks Online at minor version 75: what every entity shares, who and what the books list, and their own entries.

Bills and spending stand in `qbo_bills`, sales and deposits in `qbo_sales`. Amounts come in cents, instants in unix
seconds, days as dates.
"""

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


def head(entity_id: str, sync_token: int, created_at: int, updated_at: int) -> Body:
    """What every entity begins with."""
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


def company(realm: str, name: str, legal: str, start: date, zone: str, created_at: int) -> Body:
    """CompanyInfo."""
    return {
        **head("1", 0, created_at, created_at),
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
        **head(entity_id, sync_token, created_at, updated_at),
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
        **head(entity_id, sync_token, created_at, updated_at),
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
        **head(entity_id, 0, created_at, updated_at),
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
        **head(entity_id, 0, created_at, updated_at),
        "Name": name,
        "FullyQualifiedName": name,
        "Active": True,
        "Type": "Service",
        "Taxable": False,
        "IncomeAccountRef": ref(income),
        "TrackQtyOnHand": False,
    }


def transfer(
    entity_id: str, day: date, amount: int, source: Ref, target: Ref, memo: str, *, created_at: int, updated_at: int
) -> Body:
    """A move between two of the client's own accounts."""
    return {
        **head(entity_id, 0, created_at, updated_at),
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
        **head(entity_id, 0, created_at, updated_at),
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
