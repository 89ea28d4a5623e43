"""Ramp's reads: keyset pages, filters per kind, unknown parameters ignored as Ramp ignores them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.faults import FaultBoard
from sandbox.rails.http import Reply, Request
from sandbox.rails.ramp import errors
from sandbox.rails.store import KindIndex, Version, WorldStore

PAGE_DEFAULT, PAGE_MIN, PAGE_MAX = 20, 2, 100
Row = tuple[str, Version]
Body = dict[str, Any]
Test = Callable[[Body, str], bool]
# Only GET /bills/{id} tells the trace id.
_TRACE = re.compile(rb'"trace_id":\{[^{}]*\}')


def _at(path: str) -> Callable[[Body], Any]:
    steps = path.split(".")

    def read(body: Body) -> Any:
        value: Any = body
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    return read


def _same(path: str) -> Test:
    read = _at(path)
    return lambda body, wanted: str(read(body)).lower() == wanted.lower() if read(body) is not None else False


def _since(path: str) -> Test:
    read = _at(path)
    return lambda body, wanted: (read(body) or "")[: len(wanted)] >= wanted if read(body) else False


def _until(path: str) -> Test:
    read = _at(path)
    return lambda body, wanted: (read(body) or "")[: len(wanted)] <= wanted if read(body) else False


def _amount(path: str, *, at_least: bool) -> Test:
    read = _at(path)

    def test(body: Body, wanted: str) -> bool:
        try:
            edge = Decimal(wanted) * 100
        except InvalidOperation:
            return True
        mine = read(body) or 0
        return bool(mine >= edge) if at_least else bool(mine <= edge)

    return test


def _range(name: str, path: str) -> dict[str, Test]:
    return {f"from_{name}": _since(path), f"to_{name}": _until(path)}


_BILL: dict[str, Test] = {
    "entity_id": _same("entity_id"),
    "vendor_id": _same("vendor.id"),
    "invoice_number": _same("invoice_number"),
    "remote_id": _same("remote_id"),
    **_range("created_at", "created_at"),
    **_range("due_date", "due_at"),
    **_range("issued_date", "issued_at"),
}
FILTERS: dict[str, dict[str, Test]] = {
    "draft_bill": _BILL,
    "bill": {
        **_BILL,
        "draft_bill_id": _same("draft_bill_id"),
        "payment_id": _same("payment.id"),
        "customer_friendly_payment_id": _same("payment.customer_friendly_payment_id"),
        "approval_status": _same("approval_status"),
        "payment_method": _same("payment.payment_method"),
        "payment_status": _same("status"),
        "sync_status": _same("sync_status"),
        "is_accounting_sync_enabled": _same("enable_accounting_sync"),
        "status_summaries": lambda body, wanted: body.get("status_summary") in wanted.split(","),
        "is_archived": lambda body, wanted: (body.get("archived_at") is not None) == (wanted.lower() == "true"),
        "payment_details_missing": lambda body, wanted: (
            (body.get("status_summary") == "PAYMENT_DETAILS_MISSING") == (wanted.lower() == "true")
        ),
        **_range("paid_at", "paid_at"),
        **_range("payment_date", "payment.payment_date"),
        "min_amount": _amount("amount.amount", at_least=True),
        "max_amount": _amount("amount.amount", at_least=False),
    },
    "vendor": {
        "is_active": _same("is_active"),
        "name": _same("name"),
        "vendor_owner_id": _same("vendor_owner_id"),
        "external_vendor_id": _same("external_vendor_id"),
        "accounting_vendor_remote_id": _same("accounting_vendor_remote_id"),
        **_range("created_at", "created_at"),
        "from_updated_at": lambda body, wanted: True,
    },
    "transaction": {
        "entity_id": _same("entity_id"),
        "merchant_id": _same("merchant_id"),
        "card_id": _same("card_id"),
        "statement_id": _same("statement_id"),
        "sync_status": _same("sync_status"),
        "state": lambda body, wanted: wanted == "ALL" or body.get("state") == wanted,
        "from_date": _since("user_transaction_time"),
        "to_date": _until("user_transaction_time"),
    },
    "transfer": {
        "entity_id": _same("entity_id"),
        "status": _same("status"),
        "from_date": _since("created_at"),
        "to_date": _until("created_at"),
    },
    "reimbursement": {
        "entity_id": _same("entity_id"),
        "user_id": _same("user_id"),
        "state": _same("state"),
        "sync_status": _same("sync_status"),
        "updated_after": _since("updated_at"),
        "from_date": _since("created_at"),
        "to_date": _until("created_at"),
    },
    "entity": {"currency": _same("currency"), "entity_name": _same("entity_name"), "is_primary": _same("is_primary")},
    "bank_account": {},
    "user": {"role": _same("role"), "email": _same("email"), "entity_id": _same("entity_id")},
    "vendor_account": {},
    "vendor_contact": {},
}


class Lists:
    """Lists of one Ramp business."""

    def __init__(self, store: WorldStore, faults: FaultBoard) -> None:
        self._store = store
        self._faults = faults

    def page(self, request: Request, kind: str, keep: Callable[[Body], bool] | None = None) -> Reply:
        """One page of a kind, oldest first; `keep` narrows it further (a vendor's own accounts)."""
        key = str(request.client_key)
        size = _page_size(request)
        index = self._store.index("ramp", key, kind, request.now)
        rows = self._filtered(request, kind, index, keep)
        start = request.one("start")
        at = 0
        if start:
            places: dict[str, int] = {row[0]: n for n, row in enumerate(rows)}
            if start not in places:
                raise errors.invalid({"start": ["Not a valid id of this list"]})
            at = places[start] + 1
        page = rows[at : at + size]
        bodies = self._store.bodies("ramp", key, kind, [(name, row.version) for name, row in page])
        if kind == "bill":
            bodies = [_TRACE.sub(b'"trace_id":null', body) for body in bodies]
        following = None
        if at + size < len(rows):
            query = {name: values[-1] for name, values in request.query().items() if name != "start"}
            query |= {"start": page[-1][0], "page_size": str(size)}
            following = f"{request.base_url}{request.path}?{urlencode(query)}"
        return Reply(200, b'{"data":[%s],"page":{"next":%s}}' % (b",".join(bodies), orjson.dumps(following)))

    def _filtered(
        self, request: Request, kind: str, index: KindIndex, keep: Callable[[Body], bool] | None
    ) -> list[Row]:
        rows: list[Row] | None = index.derived.get("oldest")
        if rows is None:
            rows = sorted(index.current(), key=lambda row: (row[1].created_at, row[0]))
            index.derived["oldest"] = rows
        given = {name: values[-1] for name, values in request.query().items() if name in FILTERS[kind]}
        if kind == "vendor" and (since := given.pop("from_updated_at", None)):
            edge = _seconds(since)
            rows = [row for row in rows if row[1].visible_at >= edge]
        if given and self._faults.strike("ramp", request.client_key, request.path, ("ignored_filters",)):
            given = {}
        # Declined purchases are left out unless a state is asked for.
        hide = kind == "transaction" and "state" not in given
        if not given and not hide and keep is None:
            return rows
        parsed = self.parsed(request, kind, index)
        for name, wanted in given.items():
            test = FILTERS[kind][name]
            rows = [row for row in rows if test(parsed[row[0]], wanted)]
        if hide:
            rows = [row for row in rows if parsed[row[0]].get("state") != "DECLINED"]
        if keep is not None:
            rows = [row for row in rows if keep(parsed[row[0]])]
        return rows

    def parsed(self, request: Request, kind: str, index: KindIndex) -> dict[str, Body]:
        """Every live object of a kind as parsed JSON, kept with the index."""
        found: dict[str, Body] | None = index.derived.get("parsed")
        if found is None:
            rows = index.current()
            bodies = self._store.bodies("ramp", str(request.client_key), kind, [(k, v.version) for k, v in rows])
            found = {}
            for (name, row), body in zip(rows, bodies, strict=True):
                found[name] = {**orjson.loads(body), "_owner": row.account_id}
            index.derived["parsed"] = found
        return found

    def one(self, request: Request, kind: str, object_id: str) -> Reply:
        """One object by id, or 404."""
        body = self._store.shown("ramp", str(request.client_key), kind, object_id, request.now)
        if body is None:
            raise errors.not_found(kind, object_id)
        return Reply(200, body)


def belongs_to(vendor_id: str) -> Callable[[Body], bool]:
    """Whether a contact or account is of this vendor."""
    return lambda body: vendor_id in (body.get("vendor_id"), body.get("_owner"))


def _page_size(request: Request) -> int:
    text = request.one("page_size", str(PAGE_DEFAULT)) or ""
    if not text.isdigit() or not PAGE_MIN <= int(text) <= PAGE_MAX:
        raise errors.invalid({"page_size": [f"Value must be between {PAGE_MIN} and {PAGE_MAX}"]})
    return int(text)


def _seconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise errors.invalid({"from_updated_at": ["Not a valid datetime."]}) from error
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
