"""Facts for the guards out of the snapshot and the control store. Live facts are laid over them by the executor."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from execution.domain.facts import (
    BalanceFacts,
    BillFacts,
    ClockFacts,
    Facts,
    LimitFacts,
    PayeeFacts,
    RailFacts,
    ReserveFacts,
    Stage,
    Twin,
)
from execution.domain.invoice_number import normalize_invoice_number
from execution.domain.payload import Payload
from execution.facts.snapshot import Snapshot
from execution.payouts import holds
from execution.payouts.rows import (
    PolicyInForce,
    Row,
    freeze_of,
    halted,
    signatures_of,
    today_of,
)
from execution.store import tables as t

DUPLICATE_DAYS = 90

# Payouts whose money is promised or gone; they count against limits and bands.
_COUNTED = ["approved", "reserved", "sending", "unconfirmed", "handed_off", "at_rail", "in_flight", "rail_paid",
            "mismatched", "settled"]  # fmt: skip


def gather(
    cx: sa.Connection,
    snapshot: Snapshot | None,
    client: Row,
    policy: PolicyInForce,
    *,
    payload: Payload | None,
    stage: Stage,
    now: datetime,
    row: Row | None = None,
    bill: dict[str, Any] | None = None,
    actor_id: str | None = None,
) -> Facts:
    """Everything the store and the snapshot know about one payment. What is not known stays None."""
    client_id = client["client_id"]
    portfolio = snapshot.portfolio(client_id) if snapshot else None
    payee = _payee(cx, client, payload, row, bill) if payload else None
    counted = _counted(cx, client, payload, now, today_of(client, now)) if payload else None
    account = snapshot.account(client_id, payload.account_id_plaid) if snapshot and payload else None
    return Facts(
        stage=stage,
        now=now,
        today=today_of(client, now),
        policy=policy.rules,
        client_name=client["client_name"],
        currency_code=client["currency_code"],
        payload=payload,
        stored_payload_sha256=row["payload_sha256"] if row else (payload.sha256() if payload else None),
        preparer_id=row["preparer_id"] if row else None,
        actor_id=actor_id,
        signatures=signatures_of(cx, row) if row else (),
        policy_authors=policy.recent_authors,
        buffer_minor=policy.buffer_minor,
        readiness_minimum=policy.readiness_minimum,
        readiness_score=portfolio["readiness_score"] if portfolio else None,
        daily_net_burn_minor=portfolio["average_daily_net_burn_minor"] if portfolio else None,
        is_first_payout=_is_first(cx, client),
        bill=_bill(bill) if bill else None,
        balance=_balance(account) if account else None,
        reserves=_reserves(cx, client, payload) if payload else None,
        own_hold_minor=_own_hold(cx, row),
        payee=payee,
        twins=_twins(cx, snapshot, client, payload, bill, row, now) if payload and snapshot else None,
        limits=counted,
        rails={r["rail"]: RailFacts(r["status"], r["reason"] or "") for r in snapshot.rail_health(client_id)}
        if snapshot
        else {},
        clock=ClockFacts(None),
        snapshot_at=snapshot.pointer.as_of_at if snapshot else None,
        is_client_frozen=(frozen := freeze_of(cx, client["advisor_id"], client_id)) is not None,
        frozen_reason=frozen or "",
        is_executor_halted=halted(cx),
    )


def _bill(bill: dict[str, Any]) -> BillFacts:
    return BillFacts(
        source_bill_id=bill["source_bill_id"],
        open_minor=bill["open_minor"],
        currency_code=bill["currency_code"],
        version=bill["sync_token_qbo"] or "",
        vendor_id=bill["vendor_id_qbo"],
        is_payable_here=bool(bill["is_payable_here"]),
        not_payable_reason=bill["not_payable_reason"],
        duplicate_of=bill["duplicate_of"],
        duplicate_evidence=bill["duplicate_evidence"],
    )


def _balance(account: dict[str, Any]) -> BalanceFacts | None:
    if account["balance_at"] is None:
        return None
    return BalanceFacts(
        account["account_id_plaid"], account["available_minor"], account["currency_code"], account["balance_at"]
    )


def _reserves(cx: sa.Connection, client: Row, payload: Payload) -> ReserveFacts:
    held = holds.held_minor(cx, client["advisor_id"], client["client_id"], payload.account_id_plaid)
    a = t.account_cash.c
    foreign = cx.execute(
        sa.select(a.foreign_minor).where(
            a.advisor_id == client["advisor_id"],
            a.client_id == client["client_id"],
            a.account_id_plaid == payload.account_id_plaid,
        )
    ).scalar()
    return ReserveFacts(held, foreign or 0)


def _own_hold(cx: sa.Connection, row: Row | None) -> int:
    hold = holds.live_hold(cx, row) if row else None
    return int(hold["amount_minor"]) if hold else 0


def _is_first(cx: sa.Connection, client: Row) -> bool:
    p = t.payout.c
    query = sa.select(sa.func.count()).where(
        p.advisor_id == client["advisor_id"], p.client_id == client["client_id"], p.sent_at.is_not(None)
    )
    return cx.execute(query).scalar_one() == 0


def known_payee(cx: sa.Connection, client: Row, vendor_id_ramp: str) -> Row | None:
    """The vendor's account as last seen at Ramp by the executor."""
    p = t.payee
    query = sa.select(p).where(
        p.c.advisor_id == client["advisor_id"],
        p.c.client_id == client["client_id"],
        p.c.vendor_id_ramp == vendor_id_ramp,
    )
    found = cx.execute(query.order_by(p.c.last_seen_at.desc(), p.c.first_seen_at.desc())).mappings().first()
    return dict(found) if found else None


def _payee(
    cx: sa.Connection, client: Row, payload: Payload, row: Row | None, bill: dict[str, Any] | None
) -> PayeeFacts | None:
    if not payload.vendor_id_ramp:
        return None
    seen = known_payee(cx, client, payload.vendor_id_ramp)
    c = t.payee_change
    change = (
        cx.execute(
            sa.select(c)
            .where(
                c.c.advisor_id == client["advisor_id"],
                c.c.client_id == client["client_id"],
                c.c.vendor_id_ramp == payload.vendor_id_ramp,
            )
            .order_by(c.c.seen_at.desc())
        )
        .mappings()
        .first()
    )
    changed = change is not None and seen is not None and change["new_fingerprint"] == seen["fingerprint"]
    known = change["old_fingerprint"] if change and changed else (seen["fingerprint"] if seen else None)
    signed = row["payee_fingerprint"] if row else ""
    confirmed = bool(change["confirmed_by"]) if change and changed else bool(seen and seen["verified_at"])
    return PayeeFacts(
        vendor_id=payload.vendor_id_ramp,
        is_active=True,
        vendor_account_id=(seen["vendor_account_id"] or None) if seen else None,
        fingerprint=seen["fingerprint"] if seen else None,
        # Once a change has its call-back, what was signed after it is the known account.
        known_fingerprint=(signed if confirmed and signed else known),
        is_new=bool(bill["is_vendor_new"]) if bill else False,
        call_back_confirmed=confirmed,
        call_back_by=change["confirmed_by"] if change and changed else (seen["verified_by"] if seen else None),
        changed_at=change["seen_at"] if change and changed else None,
        edited_by=(seen["edited_by"],) if seen and seen["edited_by"] else (),
    )


def _counted(cx: sa.Connection, client: Row, payload: Payload, now: datetime, today: date) -> LimitFacts:
    p = t.payout.c
    query = sa.select(p.vendor_id_ramp, p.amount_minor, p.updated_at).where(
        p.advisor_id == client["advisor_id"],
        p.client_id == client["client_id"],
        p.payout_id != payload.payout_id,
        p.state.in_(_COUNTED),
        p.created_at > now - timedelta(days=7),
    )
    day = vendor_day = vendor_week = week = 0
    for other in cx.execute(query).mappings():
        amount, same = other["amount_minor"], other["vendor_id_ramp"] == payload.vendor_id_ramp
        is_today = today_of(client, other["updated_at"]) == today
        week += amount
        day += amount if is_today else 0
        vendor_week += amount if same else 0
        vendor_day += amount if same and is_today else 0
    return LimitFacts(day, vendor_day, vendor_week, week)


def _twins(
    cx: sa.Connection,
    snapshot: Snapshot,
    client: Row,
    payload: Payload,
    bill: dict[str, Any] | None,
    row: Row | None,
    now: datetime,
) -> tuple[Twin, ...]:
    found: list[Twin] = []
    number = normalize_invoice_number(payload.invoice_number)
    since = now - timedelta(days=DUPLICATE_DAYS)
    p = t.payout.c
    ours = sa.select(p.payout_id, p.source_bill_id, p.invoice_number, p.vendor_id_ramp, p.amount_minor, p.state).where(
        p.advisor_id == client["advisor_id"],
        p.client_id == client["client_id"],
        p.payout_id != payload.payout_id,
        p.state.not_in(["declined", "rejected", "cancelled", "expired", "returned"]),
        p.created_at > since,
    )
    for other in cx.execute(ours).mappings():
        if other["source_bill_id"] == payload.source_bill_id:
            found.append(Twin("in payment", f"payout {other['payout_id'][:8]}", f"same bill, {other['state']}"))
        elif (
            number
            and other["vendor_id_ramp"] == payload.vendor_id_ramp
            and other["amount_minor"] == payload.amount_minor
            and normalize_invoice_number(other["invoice_number"]) == number
        ):
            found.append(
                Twin("in payment", f"payout {other['payout_id'][:8]}", "same vendor, amount and invoice number")
            )
    counterparty = bill["counterparty_id"] if bill else None
    for paid in snapshot.paid_bills(client["client_id"], payload.vendor_id_ramp, counterparty):
        young = paid["paid_date"] is not None and paid["paid_date"] >= since.date()
        same_number = number and normalize_invoice_number(paid["invoice_number_normalized"]) == number
        same_amount = paid["amount_minor"] is not None and abs(paid["amount_minor"]) == payload.amount_minor
        if young and same_number and same_amount:
            found.append(Twin("paid", f"{paid['rail']} {paid['record_id']}", f"same invoice, paid {paid['paid_date']}"))
    if bill and bill["duplicate_of"]:
        twin = snapshot.bill(client["client_id"], bill["duplicate_of"])
        certain = bool(
            twin and number and twin["open_minor"] == payload.amount_minor
            and normalize_invoice_number(twin["invoice_number"]) == number
        )  # fmt: skip
        found.append(Twin("entered", f"bill {bill['duplicate_of']}", bill["duplicate_evidence"] or "alike", certain))
    return tuple(found)
