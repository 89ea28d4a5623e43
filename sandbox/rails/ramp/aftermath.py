"""What a Ramp payment leaves elsewhere: postings at the bank, entries in the books, and the truth about both."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from sandbox.rails.clients import Directory
from sandbox.rails.http import dump
from sandbox.rails.store import WorldStore

_PACIFIC = ZoneInfo("America/Los_Angeles")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _plaid_id(*parts: str) -> str:
    number = int.from_bytes(hashlib.sha256("|".join(parts).encode()).digest(), "big")
    letters = []
    for _ in range(37):
        number, rest = divmod(number, 62)
        letters.append(_BASE62[rest])
    return "".join(letters)


def _event_id(bill_id: str) -> str:
    return f"payout:{bill_id}"


def _meta(at: int, created: str | None = None) -> dict[str, str]:
    stamp = datetime.fromtimestamp(at, UTC).astimezone(_PACIFIC).isoformat()
    return {"CreateTime": created or stamp, "LastUpdatedTime": stamp}


class Aftermath:
    """Writes and withdraws the traces of a payment on Plaid and QBO."""

    def __init__(self, store: WorldStore, directory: Directory) -> None:
        self._store = store
        self._directory = directory

    def _tell_truth(self, client_key: str, bill_id: str, rail: str, kind: str, object_id: str) -> None:
        self._store.execute(
            "insert into truth_event(client_key, event_id, kind, rail, object_kind, object_id) values (?,?,?,?,?,?)",
            (client_key, _event_id(bill_id), "bill_payment", rail, kind, object_id),
        )

    def bank_debit(
        self,
        client_key: str,
        bill: dict[str, Any],
        trace: str,
        initiation: date,
        arrival: date,
        pending_at: int,
        posted_at: int,
    ) -> None:
        """The pending debit on the payment date, replaced by the posted one on the arrival date."""
        amount = bill["amount"]["amount"]
        pending_id = _plaid_id(client_key, bill["id"], bill["payment"]["id"], "pending")
        posted_id = _plaid_id(client_key, bill["id"], bill["payment"]["id"], "posted")
        vendor = bill["vendor"]["name"] or ""
        pending = self._posting(client_key, pending_id, amount, initiation, initiation, vendor, None)
        pending["pending"] = True
        self._put_posting(client_key, pending, amount, pending_at)
        gone = dump({"transaction_id": pending_id, "account_id": pending["account_id"]})
        self._store.write("plaid", client_key, "transaction", pending_id, gone, visible_at=posted_at, is_deleted=True)
        posted = self._posting(client_key, posted_id, amount, arrival, initiation, vendor, trace)
        posted["pending_transaction_id"] = pending_id
        self._put_posting(client_key, posted, amount, posted_at)
        self._tell_ledger(client_key, bill, arrival, -amount)
        for rail, kind, object_id in (
            ("ramp", "bill", bill["id"]),
            ("plaid", "transaction", pending_id),
            ("plaid", "transaction", posted_id),
        ):
            self._tell_truth(client_key, bill["id"], rail, kind, object_id)

    def bank_return(self, client_key: str, bill: dict[str, Any], trace: str, day: date, at: int) -> None:
        """The payee's bank sends the money back."""
        amount = -bill["amount"]["amount"]
        posting_id = _plaid_id(client_key, bill["id"], bill["payment"]["id"], "return")
        posting = self._posting(client_key, posting_id, amount, day, day, f"RETURN {bill['vendor']['name']}", trace)
        self._put_posting(client_key, posting, amount, at)
        self._tell_ledger(client_key, bill, day, -amount)
        self._tell_truth(client_key, bill["id"], "plaid", "transaction", posting_id)

    def _put_posting(self, client_key: str, posting: dict[str, Any], amount: int, at: int) -> None:
        self._store.write(
            "plaid",
            client_key,
            "transaction",
            posting["transaction_id"],
            dump(posting),
            visible_at=at,
            amount_minor=amount,
            account_id=posting["account_id"],
        )

    def _posting(
        self, client_key: str, posting_id: str, amount: int, day: date, authorized: date, vendor: str, trace: str | None
    ) -> dict[str, Any]:
        client = self._directory.clients[client_key]
        short = re.sub(r"[^A-Z0-9 ]", "", vendor.upper())[:16].strip()
        entry = "REVERSAL" if amount < 0 else "VENDOR PMT"
        company = re.sub(r"[^A-Z0-9 ]", "", str(client.profile.get("client_name", "")).upper())[:22].strip()
        original = f"RAMP BILL PAY DES:{entry} ID:{(trace or '')[-10:]} INDN:{short} CO ID:XXXXX12407 CCD {company}"
        return {
            "transaction_id": posting_id,
            "pending_transaction_id": None,
            "account_id": client.rail("plaid")["operating_account_id"],
            "account_owner": None,
            "pending": False,
            "date": day.isoformat(),
            "authorized_date": authorized.isoformat(),
            "datetime": None,
            "authorized_datetime": None,
            "amount": amount / 100,
            "iso_currency_code": client.profile.get("currency_code", "USD"),
            "unofficial_currency_code": None,
            "name": f"RAMP BILL PAY {short}",
            "merchant_name": None,
            "merchant_entity_id": None,
            "original_description": original,
            "check_number": None,
            "payment_channel": "other",
            "transaction_code": None,
            "category": None,
            "category_id": None,
            "logo_url": None,
            "website": None,
            "payment_meta": {
                "reference_number": trace,
                "ppd_id": None,
                "payee": None,
                "by_order_of": None,
                "payer": None,
                "payment_method": "ACH",
                "payment_processor": None,
                "reason": None,
            },
            "location": dict.fromkeys(
                ("address", "city", "region", "postal_code", "country", "lat", "lon", "store_number")
            ),
            "counterparties": [],
            "personal_finance_category": {
                "primary": "TRANSFER_OUT" if amount > 0 else "TRANSFER_IN",
                "detailed": "TRANSFER_OUT_ACCOUNT_TRANSFER" if amount > 0 else "TRANSFER_IN_ACCOUNT_TRANSFER",
                "confidence_level": "LOW",
                "version": "v2",
            },
            "personal_finance_category_icon_url": ("https://plaid-category-icons.plaid.com/PFC_TRANSFER_OUT.png"),
        }

    def _qbo_bill(self, client_key: str, bill: dict[str, Any]) -> tuple[str, dict[str, Any]] | None:
        """The newest QBO version, planned ones included, of the bill with this vendor and invoice number."""
        vendor = bill["vendor"].get("remote_id")
        number = bill.get("invoice_number")
        if not vendor or not number:
            return None
        rows = self._store.rows(
            "select id, json_body(rail, client_key, kind, body) from object_version"
            " where rail='qbo' and client_key=? and kind='Bill'"
            " and instr(json_body(rail, client_key, kind, body), ?) > 0 order by id, version desc",
            (client_key, f'"DocNumber":{dump(number).decode()}'.encode()),
        )
        for bill_id, blob in rows:
            body = orjson.loads(blob)
            if body.get("VendorRef", {}).get("value") == vendor and body.get("DocNumber") == number:
                return bill_id, body
        return None

    def ensure_qbo_bill(self, client_key: str, bill: dict[str, Any], at: int, now: int) -> None:
        """Let Ramp's QuickBooks link write the bill, unless the books have it."""
        profile = self._directory.clients[client_key].rail("qbo")
        if not profile or not bill["vendor"].get("remote_id") or self._qbo_bill(client_key, bill):
            return
        bill_id = self._next_qbo_id(client_key)
        total = bill["amount"]["amount"] / 100
        currency = {"value": bill["amount"]["currency_code"]}
        body = {
            "Id": bill_id,
            "SyncToken": "0",
            "domain": "QBO",
            "sparse": False,
            "MetaData": _meta(at),
            "DocNumber": bill["invoice_number"],
            "TxnDate": (bill["issued_at"] or "")[:10],
            "DueDate": (bill["due_at"] or "")[:10],
            "CurrencyRef": currency,
            "VendorRef": {"value": bill["vendor"]["remote_id"], "name": bill["vendor"]["name"]},
            "APAccountRef": {"value": str(profile.get("ap_account_id", "")), "name": "Accounts Payable (A/P)"},
            "TotalAmt": total,
            "Balance": total,
            "PrivateNote": bill.get("memo") or "Synced from Ramp",
            "LinkedTxn": [],
            "Line": [
                {
                    "Id": str(number),
                    "LineNum": number,
                    "Description": line.get("memo"),
                    "Amount": line["amount"]["amount"] / 100,
                    "DetailType": "AccountBasedExpenseLineDetail",
                    "AccountBasedExpenseLineDetail": {
                        "AccountRef": {"value": self._account_of(line)},
                        "BillableStatus": "NotBillable",
                        "TaxCodeRef": {"value": "NON"},
                    },
                }
                for number, line in enumerate(bill["line_items"], 1)
            ],
        }
        self._store.write(
            "qbo", client_key, "Bill", bill_id, dump(body), visible_at=at, amount_minor=bill["amount"]["amount"]
        )
        self._tell_truth(client_key, bill["id"], "qbo", "Bill", bill_id)

    @staticmethod
    def _account_of(line: dict[str, Any]) -> str:
        for selection in line.get("accounting_field_selections") or []:
            return str(selection.get("external_id") or "")
        return ""

    def _next_qbo_id(self, client_key: str) -> str:
        highest = self._store.rows(
            "select coalesce(max(cast(id as integer)), 0) from object_version where rail='qbo' and client_key=?",
            (client_key,),
        )[0][0]
        return str(highest + 1)

    def book_payment(self, client_key: str, bill: dict[str, Any], day: date, at: int, now: int) -> None:
        """BillPayment and the bill at Balance 0, as Ramp's QuickBooks link writes them."""
        found = self._qbo_bill(client_key, bill)
        profile = self._directory.clients[client_key].rail("qbo")
        if found is None or not profile:
            return
        qbo_bill_id, qbo_bill = found
        payment_id = self._next_qbo_id(client_key)
        total = bill["amount"]["amount"] / 100
        self._store.write(
            "qbo",
            client_key,
            "BillPayment",
            payment_id,
            dump(
                {
                    "Id": payment_id,
                    "SyncToken": "0",
                    "domain": "QBO",
                    "sparse": False,
                    "MetaData": _meta(at),
                    "TxnDate": day.isoformat(),
                    "DocNumber": bill["payment"]["customer_friendly_payment_id"],
                    "CurrencyRef": {"value": bill["amount"]["currency_code"]},
                    "VendorRef": qbo_bill["VendorRef"],
                    "APAccountRef": qbo_bill.get("APAccountRef"),
                    "PayType": "Check",
                    "CheckPayment": {
                        "BankAccountRef": {"value": str(profile.get("bank_account_id", ""))},
                        "PrintStatus": "NotSet",
                    },
                    "TotalAmt": total,
                    "PrivateNote": f"Ramp payment {bill['payment']['id']}",
                    "Line": [{"Amount": total, "LinkedTxn": [{"TxnId": qbo_bill_id, "TxnType": "Bill"}]}],
                }
            ),
            visible_at=at,
            amount_minor=bill["amount"]["amount"],
        )
        left = max(round(qbo_bill["Balance"] * 100) - bill["amount"]["amount"], 0)
        link = {"TxnId": payment_id, "TxnType": "BillPaymentCheck"}
        paid = {
            **qbo_bill,
            "SyncToken": str(int(qbo_bill["SyncToken"]) + 1),
            "MetaData": _meta(at, qbo_bill["MetaData"]["CreateTime"]),
            "Balance": left / 100,
            "LinkedTxn": [*(qbo_bill.get("LinkedTxn") or []), link],
        }
        self._store.write("qbo", client_key, "Bill", qbo_bill_id, dump(paid), visible_at=at)
        self._tell_truth(client_key, bill["id"], "qbo", "BillPayment", payment_id)
        self._tell_truth(client_key, bill["id"], "qbo", "Bill", qbo_bill_id)

    def unbook_payment(self, client_key: str, bill: dict[str, Any], at: int) -> None:
        """The money came back: Ramp's QuickBooks link takes its payment out again and the bill is open as before."""
        found = self._qbo_bill(client_key, bill)
        payments = self._store.rows(
            "select distinct object_id from truth_event"
            " where client_key=? and event_id=? and object_kind='BillPayment'",
            (client_key, _event_id(bill["id"])),
        )
        if found is None or not payments:
            return
        qbo_bill_id, qbo_bill = found
        ours = {row[0] for row in payments}
        for payment_id in ours:
            gone = dump({"Id": payment_id, "domain": "QBO", "status": "Deleted", "MetaData": _meta(at)})
            self._store.write("qbo", client_key, "BillPayment", payment_id, gone, visible_at=at, is_deleted=True)
        reopened = {
            **qbo_bill,
            "SyncToken": str(int(qbo_bill["SyncToken"]) + 1),
            "MetaData": _meta(at, qbo_bill["MetaData"]["CreateTime"]),
            "Balance": min(qbo_bill["Balance"] + bill["amount"]["amount"] / 100, qbo_bill["TotalAmt"]),
            "LinkedTxn": [link for link in qbo_bill.get("LinkedTxn") or [] if link["TxnId"] not in ours],
        }
        self._store.write("qbo", client_key, "Bill", qbo_bill_id, dump(reopened), visible_at=at)

    def _tell_ledger(self, client_key: str, bill: dict[str, Any], day: date, amount: int) -> None:
        self._store.execute(
            "insert into truth_ledger values (?,?,'operating',?,'bill_payment',?,?)",
            (client_key, day.isoformat(), amount, bill["vendor"]["name"], _event_id(bill["id"])),
        )

    def forget(self, client_key: str, bill_id: str, now: int) -> None:
        """Withdraw what this payment would still have done."""
        self._store.execute(
            "delete from truth_ledger where client_key=? and event_id=? and day>=?",
            (client_key, _event_id(bill_id), datetime.fromtimestamp(now, UTC).date().isoformat()),
        )
        for rail, kind, object_id in self._store.rows(
            "select distinct rail, object_kind, object_id from truth_event where client_key=? and event_id=?",
            (client_key, _event_id(bill_id)),
        ):
            self._store.forget_future(rail, client_key, kind, object_id, now)

    def forget_planned_payment(self, client_key: str, bill: dict[str, Any], now: int) -> None:
        """The client would have paid this bill some other way later on: now that Ramp pays it, that never happens."""
        found = self._qbo_bill(client_key, bill)
        if found is None:
            return
        qbo_bill_id = found[0]
        for payment_id, blob in self._store.rows(
            "select id, json_body(rail, client_key, kind, body) from object_version"
            " where rail='qbo' and client_key=? and kind='BillPayment'"
            " and version=0 and visible_at>? and instr(json_body(rail, client_key, kind, body), ?) > 0",
            (client_key, now, f'"TxnId":"{qbo_bill_id}"'.encode()),
        ):
            if len(orjson.loads(blob).get("Line", [])) == 1:
                self._forget_event_of(client_key, "qbo", "BillPayment", payment_id, now)
        # A bill that reaches the books late still does.
        self._store.forget_future("qbo", client_key, "Bill", qbo_bill_id, now, keep_first=True)

    def _forget_event_of(self, client_key: str, rail: str, kind: str, object_id: str, now: int) -> None:
        """Drop an event's records that nobody has seen yet; one that Ramp already shows goes on: that is a double."""
        siblings = self._store.rows(
            "select distinct b.rail, b.object_kind, b.object_id, b.event_id from truth_event a"
            " join truth_event b on b.client_key = a.client_key and b.event_id = a.event_id"
            " where a.client_key=? and a.rail=? and a.object_kind=? and a.object_id=?",
            (client_key, rail, kind, object_id),
        )
        shown = {sibling[:2] for sibling in siblings if self._store.shown(sibling[0], client_key, *sibling[1:3], now)}
        if ("ramp", "bill") in shown or ("plaid", "transaction") in shown:
            return
        for sibling in {*siblings, (rail, kind, object_id, "")}:
            if sibling[:2] == ("qbo", "Bill"):
                continue
            self._store.forget_future(sibling[0], client_key, sibling[1], sibling[2], now)
            self._store.execute(
                "delete from truth_event where client_key=? and rail=? and object_kind=? and object_id=?",
                (client_key, *sibling[:3]),
            )
        for event_id in {sibling[3] for sibling in siblings}:
            self._store.execute("delete from truth_ledger where client_key=? and event_id=?", (client_key, event_id))
