"""What the executor saw of a payee at Ramp, and the change that it noticed since."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from execution.domain.fingerprint import payee_fingerprint
from execution.domain.payload import Payload
from execution.domain.states import State
from execution.domain.verdict import refuses
from execution.facts.ramp_payee import RampVendor
from execution.guards.payee import CALL_BACK
from execution.payouts import versions
from execution.payouts.proposing import judge, stopping
from execution.payouts.rows import EXECUTOR, Row
from execution.payouts.surroundings import Surroundings
from execution.payouts.transitions import amend, move
from execution.store import insert_if_absent, key_of, keyed
from execution.store import tables as t

# Writing "seen" before each reserve and each send would make two write transactions of a look.
NOTED_FOR = timedelta(hours=1)


def note_payee(cx: sa.Connection, client: Row, vendor: RampVendor, *, key: bytes, now: datetime) -> str | None:
    """Keep the vendor's account as seen now; answers its fingerprint. A new one beside an old one is a change.

    At the first look the old one is the account that Ramp paid last: an account that was swapped before we came
    must not pass for the known one.
    """
    if vendor.account_id is None:
        return None
    names = {"advisor_id": client["advisor_id"], "client_id": client["client_id"], "vendor_id_ramp": vendor.vendor_id}

    def print_of(account_id: str) -> str:
        return payee_fingerprint(key, client["client_id"], vendor.vendor_id, account_id, vendor.method)

    fingerprint = print_of(vendor.account_id)
    before = last_seen(cx, client, vendor.vendor_id)
    old_account, old_print = (before["vendor_account_id"], before["fingerprint"]) if before else (None, None)
    if before is None and vendor.last_paid_account_id is not None:
        old_account, old_print = vendor.last_paid_account_id, print_of(vendor.last_paid_account_id)
    if old_print is not None and old_print != fingerprint:
        change = f"{vendor.vendor_id}:{old_print}:{fingerprint}:{now.isoformat()}"
        insert_if_absent(
            cx, t.payee_change, **names, change_id=hashlib.sha256(change.encode()).hexdigest()[:32],
            old_vendor_account_id=old_account, new_vendor_account_id=vendor.account_id,
            old_fingerprint=old_print, new_fingerprint=fingerprint, seen_at=now,
        )  # fmt: skip
    seen = {"fingerprint": fingerprint, "last_seen_at": now, "method": vendor.method}
    account = {**names, "vendor_account_id": vendor.account_id}
    if cx.execute(_SEEN_AGAIN, {**key_of(account, *account), **seen}).rowcount == 0:
        cx.execute(_SEEN_FIRST, {**account, "first_seen_at": now, **seen})
    return fingerprint


def noted_lately(seen: Row | None, client: Row, vendor: RampVendor, *, key: bytes, now: datetime) -> str | None:
    """The fingerprint, when the last look (`seen`) showed this very account within the hour: nothing new to keep."""
    if vendor.account_id is None:
        return None
    fingerprint = payee_fingerprint(key, client["client_id"], vendor.vendor_id, vendor.account_id, vendor.method)
    is_same = seen is not None and (seen["vendor_account_id"], seen["fingerprint"], seen["method"]) == (
        vendor.account_id, fingerprint, vendor.method,
    )  # fmt: skip
    is_young = seen is not None and seen["last_seen_at"] is not None and now - seen["last_seen_at"] < NOTED_FOR
    return fingerprint if is_same and is_young else None


_P = t.payee.c
_SEEN_FIRST = sa.insert(t.payee)
_SEEN_AGAIN = sa.update(t.payee).where(
    *keyed(t.payee, "advisor_id", "client_id", "vendor_id_ramp", "vendor_account_id")
)
_LAST_SEEN = (
    sa.select(t.payee)
    .where(
        _P.advisor_id == sa.bindparam("advisor_id"),
        _P.client_id == sa.bindparam("client_id"),
        _P.vendor_id_ramp == sa.bindparam("vendor_id"),
    )
    .order_by(_P.last_seen_at.desc(), _P.first_seen_at.desc())
    .limit(1)
)


def last_seen(cx: sa.Connection, client: Row, vendor_id_ramp: str) -> Row | None:
    """The vendor's account as the executor saw it last at Ramp."""
    values = {"advisor_id": client["advisor_id"], "client_id": client["client_id"], "vendor_id": vendor_id_ramp}
    found = cx.execute(_LAST_SEEN, values).mappings().first()
    return dict(found) if found else None


def payees_seen(cx: sa.Connection, advisor_id: str, since: datetime) -> set[tuple[str, str]]:
    """(client, vendor at Ramp) whose account was read lately."""
    p = t.payee.c
    query = sa.select(p.client_id, p.vendor_id_ramp).where(p.advisor_id == advisor_id, p.last_seen_at > since)
    return {(str(row[0]), str(row[1])) for row in cx.execute(query)}


def bind(around: Surroundings, row: Row, vendor: RampVendor | None) -> Row | None:
    """Put the account that Ramp would pay into a proposal that lacks it; what is signed from then on names it.

    None when Ramp has no such account and the draft's approvers will choose one there.
    """
    cx, now = around.cx, around.now
    if vendor is None or vendor.account_id is None:
        if row["mode"] != "direct":
            return None
        no_account = refuses("payee", f"Ramp has no single account to pay {row['vendor_name']} to",
                             f"{CALL_BACK}; then set the account in Ramp and propose the bill again",
                             vendor_id=row["vendor_id_ramp"], vendor_account_id=None)  # fmt: skip
        return move(cx, row, State.BLOCKED, actor=EXECUTOR, now=now, action="payout.blocked",
                    reason=f"{no_account.reason}. {no_account.remedy}",
                    inputs={"verdicts": [no_account.as_inputs()]})  # fmt: skip
    payload = Payload.from_row(row).with_changes(vendor_account_id=vendor.account_id)
    bound = {**row, "vendor_account_id": vendor.account_id, "payload_sha256": payload.sha256()}
    verdicts, facts = judge(around, payload=payload, row=bound)
    snapshot_id = around.snapshot.pointer.snapshot_id if around.snapshot else ""
    versions.keep(cx, payload, seen=facts.seen, snapshot_id=snapshot_id, now=now)
    after = amend(
        cx, row, actor=EXECUTOR, now=now, action="payout.payee_bound",
        inputs={"vendor_account_id": vendor.account_id, "payload_sha256_before": row["payload_sha256"]},
        vendor_account_id=vendor.account_id, payload_sha256=payload.sha256(),
        payee_fingerprint=(facts.payee.fingerprint if facts.payee else "") or "",
        verdicts=[v.as_inputs() for v in verdicts],
    )  # fmt: skip
    if stopped := stopping(verdicts):
        return move(cx, after, State.BLOCKED, actor=EXECUTOR, now=now, action="payout.blocked",
                    reason=f"{stopped[0].reason}. {stopped[0].remedy}",
                    inputs={"verdicts": [v.as_inputs() for v in stopped]})  # fmt: skip
    return after
