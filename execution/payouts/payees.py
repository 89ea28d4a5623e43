"""What the executor saw of a payee at Ramp, and the change that it noticed since."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from execution.domain.fingerprint import payee_fingerprint
from execution.facts.ramp_payee import RampVendor
from execution.payouts.gather import known_payee
from execution.payouts.rows import Row
from execution.store import insert_if_absent
from execution.store import tables as t


def note_payee(cx: sa.Connection, client: Row, vendor: RampVendor, *, key: bytes, now: datetime) -> str | None:
    """Keep the vendor's account as seen now; answers its fingerprint. A new one beside an old one is a change."""
    if vendor.account_id is None:
        return None
    names = {"advisor_id": client["advisor_id"], "client_id": client["client_id"], "vendor_id_ramp": vendor.vendor_id}
    fingerprint = payee_fingerprint(key, client["client_id"], vendor.vendor_id, vendor.account_id, vendor.method)
    before = known_payee(cx, client, vendor.vendor_id)
    if before is not None and before["fingerprint"] != fingerprint:
        change = f"{vendor.vendor_id}:{before['fingerprint']}:{fingerprint}:{now.isoformat()}"
        insert_if_absent(
            cx, t.payee_change, **names, change_id=hashlib.sha256(change.encode()).hexdigest()[:32],
            old_vendor_account_id=before["vendor_account_id"], new_vendor_account_id=vendor.account_id,
            old_fingerprint=before["fingerprint"], new_fingerprint=fingerprint, seen_at=now,
        )  # fmt: skip
    p = t.payee.c
    mine = sa.and_(
        p.advisor_id == client["advisor_id"], p.client_id == client["client_id"],
        p.vendor_id_ramp == vendor.vendor_id, p.vendor_account_id == vendor.account_id,
    )  # fmt: skip
    seen = {"fingerprint": fingerprint, "last_seen_at": now, "method": vendor.method}
    if cx.execute(sa.update(t.payee).where(mine).values(**seen)).rowcount == 0:
        cx.execute(sa.insert(t.payee).values(**names, vendor_account_id=vendor.account_id, first_seen_at=now, **seen))
    return fingerprint
