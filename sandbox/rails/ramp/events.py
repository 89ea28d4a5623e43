"""Which Ramp events a new version of an object causes."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from sandbox.rails.store import Change, WorldStore


def ramp_events(store: WorldStore, change: Change) -> Iterator[tuple[str, str]]:
    """(event type, id of the object it points at)."""
    if change.kind == "bill":
        for kind in _bill(store, change):
            yield kind, change.object_id
    elif change.kind == "vendor" and change.version:
        yield "vendors.updated", change.object_id
    elif change.kind == "vendor_account":
        owner = store.rows(
            "select account_id, json_body(rail, client_key, kind, body) from object_version"
            " where rail='ramp' and client_key=? and kind='vendor_account' and id=? and version=?",
            (change.client_key, change.object_id, change.version),
        )[0]
        vendor_id = orjson.loads(owner[1]).get("vendor_id") or owner[0]
        if vendor_id:
            yield "vendors.updated", str(vendor_id)
    elif change.kind == "transaction":
        state = _body(store, change, change.version).get("state")
        names = {"PENDING": "transactions.authorized", "CLEARED": "transactions.cleared"}
        yield names.get(str(state), "transactions.declined"), change.object_id
    elif change.kind == "reimbursement" and not change.version:
        yield "reimbursements.ready_for_review", change.object_id


def _bill(store: WorldStore, change: Change) -> Iterator[str]:
    body = _body(store, change, change.version)
    if not change.version:
        yield "bills.created"
        if body.get("approval_status") == "APPROVED":
            yield "bills.approved"
        return
    before = _body(store, change, change.version - 1)
    if body.get("approval_status") != before.get("approval_status"):
        names = {"APPROVED": "bills.approved", "REJECTED": "bills.rejected"}
        if name := names.get(str(body.get("approval_status"))):
            yield name
    if body.get("status") == "PAID" and before.get("status") != "PAID":
        yield "bills.paid"
    if body.get("archived_at") and not before.get("archived_at"):
        yield "bills.archived"
    if body.get("status_summary") != before.get("status_summary"):
        yield "payments.updated"
    elif body != before:
        yield "bills.updated"


def _body(store: WorldStore, change: Change, version: int) -> dict[str, object]:
    body: dict[str, object] = orjson.loads(
        store.body("ramp", change.client_key, change.kind, change.object_id, version)
    )
    return body
