"""What Ramp accepts in the body of a bill or draft, and how it says no."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from sandbox.rails.clients import ClientRecord
from sandbox.rails.http import Refusal, Request
from sandbox.rails.ramp import errors
from sandbox.rails.ramp.bank_days import is_bank_day, shift
from sandbox.rails.ramp.bodies import Payment
from sandbox.rails.ramp.course import Course, lead_days
from sandbox.rails.store import WorldStore

METHODS = {
    "ACH", "AUTOMATIC_CARD_PAYMENT", "CARD", "CHECK", "DOMESTIC_WIRE", "INTERNATIONAL", "ONE_TIME_CARD",
    "ONE_TIME_CARD_DELIVERY", "PAID_MANUALLY", "SWIFT", "UNSPECIFIED", "VENDOR_CREDIT",
}  # fmt: skip
BANK_METHODS = {"ACH", "CHECK", "DOMESTIC_WIRE", "SWIFT", "INTERNATIONAL"}
REQUIRED = ("vendor_id", "entity_id", "invoice_number", "invoice_currency", "issued_at", "due_at")
_LENGTHS = {"invoice_number": 20, "memo": 1000, "vendor_memo": 400}
Problems = dict[str, list[str]]


def json_body(request: Request) -> dict[str, Any]:
    """The JSON object of a write. Raises Ramp's 400 when there is none."""
    try:
        body = request.json()
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(errors.refusal(400, "DEVELOPER_7011", "Request body must be JSON"))
    return body


def iso_day(given: dict[str, Any], name: str, problems: Problems) -> date | None:
    """A `YYYY-MM-DD` field."""
    value = given.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        problems[name] = ["Not a valid date."]
        return None


def amounts(given: dict[str, Any], problems: Problems, *, required: bool) -> list[tuple[int, dict[str, Any]]]:
    """(minor units, line) of each line; amounts are decimals in major units."""
    items = given.get("line_items") or []
    if not isinstance(items, list) or (required and not items):
        problems["line_items"] = ["At least one line item is required."]
        return []
    found = []
    for number, item in enumerate(items):
        try:
            value = Decimal(str(item["amount"]))
            minor = value * 100
            if not value.is_finite() or minor != minor.to_integral_value():
                raise InvalidOperation
        except (InvalidOperation, KeyError, TypeError):
            problems[f"line_items.{number}.amount"] = ["Not a valid amount in major units."]
            continue
        found.append((int(minor), item))
    if not problems and found and sum(minor for minor, _ in found) <= 0:
        problems["line_items"] = ["The bill's total must be greater than zero."]
    return found


class Checks:
    """Validation against what the client's Ramp business knows."""

    def __init__(self, store: WorldStore, course: Course) -> None:
        self._store = store
        self._course = course

    def known(self, client_key: str, kind: str, object_id: Any, now: int) -> dict[str, Any] | None:
        """An object of the business, parsed."""
        body = self._store.shown("ramp", client_key, kind, str(object_id), now) if object_id else None
        return None if body is None else orjson.loads(body)

    def owned(self, client_key: str, kind: str, vendor_id: str, now: int) -> list[dict[str, Any]]:
        """A vendor's accounts or contacts."""
        index = self._store.index("ramp", client_key, kind, now)
        found = []
        for key, row in index.current():
            body = orjson.loads(self._store.body("ramp", client_key, kind, key, row.version))
            if vendor_id in (body.get("vendor_id"), row.account_id):
                found.append(body)
        return found

    def header(self, client_key: str, given: dict[str, Any], now: int, problems: Problems) -> dict[str, Any] | None:
        """Check the fields that bills and drafts share; answers the vendor."""
        for name, limit in _LENGTHS.items():
            if len(str(given.get(name) or "")) > limit:
                problems[name] = [f"Longer than maximum length {limit}."]
        for name in ("issued_at", "due_at", "posting_date"):
            iso_day(given, name, problems)
        vendor = self.known(client_key, "vendor", given.get("vendor_id"), now)
        if given.get("vendor_id") and (vendor is None or vendor.get("is_active") is False):
            problems["vendor_id"] = ["Vendor does not exist or is not active."]
        if given.get("entity_id") and self.known(client_key, "entity", given["entity_id"], now) is None:
            problems["entity_id"] = ["Entity does not exist."]
        contact = given.get("vendor_contact_id")
        if contact and vendor:
            mine = {c["id"] for c in self.owned(client_key, "vendor_contact", vendor["id"], now)}
            if contact not in mine:
                problems["vendor_contact_id"] = ["Contact does not belong to the vendor."]
        if given.get("enable_accounting_sync") is False and given.get("remote_id"):
            problems["enable_accounting_sync"] = ["Must not be false when remote_id is given."]
        method = given.get("payment_method")
        if method is not None and method not in METHODS:
            problems["payment_method"] = [f"Must be one of: {', '.join(sorted(METHODS))}."]
        return vendor

    def payment(
        self, client: ClientRecord, given: dict[str, Any], vendor: dict[str, Any], now: int, problems: Problems
    ) -> Payment | None:
        """Check the payment details of a bank method; None when the bill carries no payment."""
        details = given.get("payment_details")
        method = given.get("payment_method")
        if not details or method not in BANK_METHODS:
            if details and not method:
                problems["payment_method"] = ["Missing data for required field."]
            return None
        source = details.get("source_bank_account_id")
        if source not in self.funding_accounts(client.client_key, given.get("entity_id"), now):
            problems["payment_details.source_bank_account_id"] = ["Not a bill pay account of the entity."]
        account = details.get("vendor_account_id")
        if method != "CHECK":
            mine = {a["id"] for a in self.owned(client.client_key, "vendor_account", vendor["id"], now)}
            if account not in mine:
                problems["payment_details.vendor_account_id"] = ["Account does not belong to the vendor."]
        same_day = bool(details.get("is_same_day"))
        if same_day and method != "ACH":
            problems["payment_details.is_same_day"] = ["Only ACH payments can be same-day."]
        nested: Problems = {}
        arrival = iso_day(details, "payment_arrival_date", nested)
        name = "payment_details.payment_arrival_date"
        if arrival is None:
            problems[name] = nested.get("payment_arrival_date", ["Missing data for required field."])
            return None
        if not is_bank_day(arrival):
            problems[name] = ["Payment arrival date cannot be on a weekend or a bank holiday."]
        elif arrival < (earliest := self._course.earliest_arrival(client, method, is_same_day=same_day, now=now)):
            problems[name] = [f"Payment arrival date is too soon; the earliest is {earliest.isoformat()}."]
        lead = lead_days(method, is_same_day=same_day)
        return Payment(method, str(source), account, arrival, shift(arrival, -lead) if lead else arrival, same_day)

    def funding_accounts(self, client_key: str, entity_id: Any, now: int) -> list[str]:
        """Bank account ids that an entity may pay bills from."""
        entity = self.known(client_key, "entity", entity_id, now) or {}
        return [
            account["bank_account_id"]
            for account in entity.get("accounts") or []
            if account.get("usage_type") == "BILL_PAY_BANK_ACCOUNT" and account.get("bank_account_id")
        ]
