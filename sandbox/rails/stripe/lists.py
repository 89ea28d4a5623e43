"""Stripe's lists: filters, newest first, cut by starting_after / ending_before, objects expanded on demand."""

from __future__ import annotations

import re
from typing import Any

import orjson

from sandbox.rails.asgi import error_reply
from sandbox.rails.http import Refusal, Reply, Request
from sandbox.rails.store import KindIndex, Version, WorldStore

LIMIT_DEFAULT, LIMIT_MAX = 10, 100
# Filters by the object's own field, per kind; a dotted name reaches into a nested object.
FILTERS: dict[str, tuple[str, ...]] = {
    "customer": ("email",),
    "invoice": ("status", "customer", "subscription", "collection_method"),
    "invoice_payment": ("status", "invoice"),
    "charge": ("customer", "payment_intent"),
    "refund": ("charge", "payment_intent"),
    "dispute": ("charge", "payment_intent"),
    "balance_transaction": ("source", "type", "currency"),
    "payout": ("status", "destination"),
}
_RANGES = {"created": "created", "arrival_date": "arrival_date", "due_date": "due_date"}
_PAGING = {"limit", "starting_after", "ending_before"}
_RANGE = re.compile(r"(created|arrival_date|due_date)(?:\[(gt|gte|lt|lte)\])?\Z")
_PREFIXES = {
    "cus": "customer",
    "in": "invoice",
    "inpay": "invoice_payment",
    "ch": "charge",
    "py": "charge",
    "re": "refund",
    "pyr": "refund",
    "dp": "dispute",
    "du": "dispute",
    "txn": "balance_transaction",
    "po": "payout",
}

Row = tuple[str, Version]


def bad_request(message: str, param: str | None = None, *, status: int = 400, code: str | None = None) -> Refusal:
    """Stripe's invalid_request_error."""
    error: dict[str, Any] = {"type": "invalid_request_error", "message": message}
    if param:
        error["param"] = param
    if code:
        error["code"] = code
        error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return Refusal(error_reply(status, {"error": error}))


def newest_first(index: KindIndex) -> list[Row]:
    """Live objects, the youngest first."""
    rows: list[Row] | None = index.derived.get("newest")
    if rows is None:
        rows = sorted(index.current(), key=lambda row: (-row[1].created_at, row[0]))
        index.derived["newest"] = rows
    return rows


class Lists:
    """Lists and single objects of one Stripe account."""

    def __init__(self, store: WorldStore) -> None:
        self._store = store

    def page(self, request: Request, kind: str, url: str) -> Reply:
        """One page of a kind, filtered and cut as the call asks."""
        key = str(request.client_key)
        rows = self._filtered(request, kind)
        page, has_more = cut(request, [row[0] for row in rows], kind)
        versions = dict(rows) if len(page) < len(rows) else {row[0]: row[1] for row in rows}
        bodies = self._store.bodies("stripe", key, kind, [(name, versions[name].version) for name in page])
        expands = request.many("expand")
        if expands:
            bodies = [self.expanded(key, body, [e.removeprefix("data.") for e in expands], request) for body in bodies]
        return listing(bodies, has_more, url)

    def one(self, request: Request, kind: str) -> Reply:
        """One object by id, or Stripe's 404."""
        object_id = request.path_values["id"]
        body = self._store.shown("stripe", str(request.client_key), kind, object_id, request.now)
        if body is None:
            raise missing(kind, object_id)
        expands = request.many("expand")
        return Reply(200, self.expanded(str(request.client_key), body, expands, request) if expands else body)

    def expanded(self, client_key: str, body: bytes, paths: list[str], request: Request) -> bytes:
        """The object with the named references replaced by the objects themselves."""
        found = orjson.loads(body)
        for path in paths:
            self._expand(client_key, found, path.split("."), path, request.now)
        return orjson.dumps(found)

    def _expand(self, client_key: str, found: Any, steps: list[str], path: str, now: int) -> None:
        step, rest = steps[0], steps[1:]
        if not isinstance(found, dict) or step not in found:
            raise bad_request(f"This property cannot be expanded ({path}).", "expand")
        value = found[step]
        if isinstance(value, str):
            kind = _PREFIXES.get(value.split("_")[0])
            body = self._store.shown("stripe", client_key, kind, value, now) if kind else None
            if body is not None:
                found[step] = orjson.loads(body)
        if rest and found[step] is not None:
            self._expand(client_key, found[step], rest, path, now)

    def _filtered(self, request: Request, kind: str) -> list[Row]:
        index = self._store.index("stripe", str(request.client_key), kind, request.now)
        rows = newest_first(index)
        for name, values in request.query().items():
            value = values[-1]
            span = _RANGE.match(name)
            if span:
                field, bound = span.groups()
                rows = self._ranged(request, kind, index, rows, field, bound or "eq", value)
            elif name == "payout" and kind == "balance_transaction":
                wanted = self._of_payout(request, value)
                rows = [row for row in rows if row[0] in wanted]
            elif name in FILTERS[kind]:
                fields = self._fields(request, kind, index)
                rows = [row for row in rows if fields[row[0]].get(name) == value]
            elif name not in _PAGING and not name.startswith("expand"):
                raise bad_request(f"Received unknown parameter: {name}", name, code="parameter_unknown")
        return rows

    def _ranged(
        self, request: Request, kind: str, index: KindIndex, rows: list[Row], field: str, bound: str, value: str
    ) -> list[Row]:
        if not value.lstrip("-").isdigit():
            raise bad_request(f"Invalid integer: {value}", field)
        edge = int(value)
        fields = None if field == "created" else self._fields(request, kind, index)
        kept = []
        for row in rows:
            mine = row[1].created_at if fields is None else fields[row[0]].get(_RANGES[field])
            if mine is not None and (
                (bound == "gte" and mine >= edge)
                or (bound == "gt" and mine > edge)
                or (bound == "lte" and mine <= edge)
                or (bound == "lt" and mine < edge)
                or (bound == "eq" and mine == edge)
            ):
                kept.append(row)
        return kept

    def _fields(self, request: Request, kind: str, index: KindIndex) -> dict[str, dict[str, Any]]:
        fields: dict[str, dict[str, Any]] | None = index.derived.get("fields")
        if fields is None:
            wanted = (*FILTERS[kind], "arrival_date", "due_date", "net", "available_on")
            rows = index.current()
            bodies = self._store.bodies("stripe", str(request.client_key), kind, [(k, v.version) for k, v in rows])
            fields = {}
            for (key, _), body in zip(rows, bodies, strict=True):
                parsed = orjson.loads(body)
                fields[key] = {name: parsed.get(name) for name in wanted}
            index.derived["fields"] = fields
        return fields

    def _of_payout(self, request: Request, payout: str) -> set[str]:
        key = str(request.client_key)
        if self._store.shown("stripe", key, "payout", payout, request.now) is None:
            raise missing("payout", payout)
        index = self._store.index("stripe", key, "payout_line", request.now)
        lines: dict[str, set[str]] | None = index.derived.get("lines")
        if lines is None:
            lines = {}
            for _, row in index.current():
                lines.setdefault(row.mark[0], set()).add(row.mark[1])
            index.derived["lines"] = lines
        return lines.get(payout, set())

    def balance(self, request: Request) -> Reply:
        """What is available and what is still pending, by currency."""
        index = self._store.index("stripe", str(request.client_key), "balance_transaction", request.now)
        available: dict[str, int] = {}
        pending: dict[str, int] = {}
        for row in self._fields(request, "balance_transaction", index).values():
            side = available if (row["available_on"] or 0) <= request.now else pending
            side[row["currency"]] = side.get(row["currency"], 0) + row["net"]
        currency = "usd"
        for side in (available, pending):
            if not side:
                side[currency] = 0
        shaped = {
            name: [{"amount": n, "currency": c, "source_types": {"card": n}} for c, n in sorted(side.items())]
            for name, side in (("available", available), ("pending", pending))
        }
        return Reply(200, orjson.dumps({"object": "balance", **shaped, "livemode": False}))


def payout_line_mark(body: bytes) -> tuple[str, str]:
    """(payout, balance transaction) of a settled ledger line."""
    line = orjson.loads(body)
    return line["payout"], line["balance_transaction"]


def cut(request: Request, ids: list[str], kind: str) -> tuple[list[str], bool]:
    """(the ids of the page, whether more follow) for limit, starting_after and ending_before."""
    text = request.one("limit", str(LIMIT_DEFAULT)) or ""
    if not text.isdigit() or not 1 <= int(text) <= LIMIT_MAX:
        raise bad_request(f"Invalid integer: {text}; limit must be between 1 and {LIMIT_MAX}", "limit")
    limit = int(text)
    after, before = request.one("starting_after"), request.one("ending_before")
    if after is not None:
        if after not in ids:
            raise missing(kind, after, "starting_after")
        at = ids.index(after) + 1
        return ids[at : at + limit], at + limit < len(ids)
    if before is not None:
        if before not in ids:
            raise missing(kind, before, "ending_before")
        at = ids.index(before)
        return ids[max(0, at - limit) : at], at > limit
    return ids[:limit], limit < len(ids)


def missing(kind: str, object_id: str, param: str = "id") -> Refusal:
    """Stripe's 404."""
    return bad_request(f"No such {kind}: '{object_id}'", param, status=404, code="resource_missing")


def listing(bodies: list[bytes], has_more: bool, url: str) -> Reply:
    """A list object around rendered bodies."""
    more = b"true" if has_more else b"false"
    return Reply(
        200, b'{"object":"list","data":[%s],"has_more":%s,"url":"%s"}' % (b",".join(bodies), more, url.encode())
    )
