"""Facts for the guards out of the snapshot and the control store. Live facts are laid over them by the executor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from execution.domain.facts import (
    BalanceFacts,
    BillFacts,
    ClockFacts,
    Facts,
    PayeeFacts,
    RailFacts,
    ReserveFacts,
    Stage,
    Twin,
)
from execution.domain.invoice_number import normalize_invoice_number
from execution.domain.payload import Payload
from execution.domain.states import HOLDING
from execution.payouts import holds
from execution.payouts.rows import Row, signatures_of
from execution.payouts.surroundings import Surroundings


def gather(
    around: Surroundings,
    *,
    payload: Payload,
    stage: Stage,
    row: Row | None = None,
    actor_id: str | None = None,
) -> Facts:
    """Everything the store and the snapshot know about one payment. What is not known stays None."""
    client, policy, portfolio = around.client, around.policy, around.portfolio
    bill = around.bills.get(payload.source_bill_id)
    account = around.account(payload.account_id_plaid)
    standing = around.standing(payload.account_id_plaid)
    return Facts(
        stage=stage,
        now=around.now,
        today=around.today,
        policy=policy.rules,
        client_name=client["client_name"],
        currency_code=client["currency_code"],
        payload=payload,
        stored_payload_sha256=row["payload_sha256"] if row else payload.sha256(),
        preparer_id=row["preparer_id"] if row else None,
        actor_id=actor_id,
        signatures=signatures_of(around.cx, row) if row else (),
        policy_authors=policy.recent_authors,
        buffer_minor=policy.buffer_minor,
        readiness_minimum=policy.readiness_minimum,
        readiness_score=portfolio["readiness_score"] if portfolio else None,
        # A snapshot of before this figure has no such column.
        readiness_reason=(portfolio.get("readiness_reason") or "") if portfolio else "",
        daily_net_burn_minor=portfolio["average_daily_net_burn_minor"] if portfolio else None,
        is_first_payout=standing.is_first_payout,
        bill=_bill(bill) if bill else None,
        balance=_balance(account) if account else None,
        reserves=ReserveFacts(standing.held_minor, standing.foreign_minor),
        own_hold_minor=_own_hold(around.cx, row),
        payee=_payee(around, payload, row, bill),
        twins=_twins(around, payload, bill) if around.snapshot else None,
        limits=around.limits_used(payload),
        rails={r["rail"]: RailFacts(r["status"], r["reason"] or "") for r in around.rails},
        clock=ClockFacts(standing.last_audit_at),
        snapshot_at=around.snapshot.pointer.as_of_at if around.snapshot else None,
        is_client_frozen=standing.frozen_reason is not None,
        frozen_reason=standing.frozen_reason or "",
        is_executor_halted=standing.is_halted,
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


def _own_hold(cx: sa.Connection, row: Row | None) -> int:
    hold = holds.live_hold(cx, row) if row and row["state"] in HOLDING else None
    return int(hold["amount_minor"]) if hold else 0


def _payee(around: Surroundings, payload: Payload, row: Row | None, bill: dict[str, Any] | None) -> PayeeFacts | None:
    if not payload.vendor_id_ramp:
        return None
    seen = around.payee(payload.vendor_id_ramp)
    change = around.payee_change(payload.vendor_id_ramp)
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
        is_new=_is_new(around, payload, bill),
        call_back_confirmed=confirmed,
        call_back_by=change["confirmed_by"] if change and changed else (seen["verified_by"] if seen else None),
        changed_at=change["seen_at"] if change and changed else None,
        edited_by=(seen["edited_by"],) if seen and seen["edited_by"] else (),
    )


def _is_new(around: Surroundings, payload: Payload, bill: dict[str, Any] | None) -> bool:
    """New until a payment to the vendor is older than the policy's days: one paid yesterday proves little."""
    if bill is None:
        return False  # Without the bill its own guard refuses already.
    paid = [p["paid_date"] for p in around.paid_to(payload.vendor_id_ramp, bill["counterparty_id"]) if p["paid_date"]]
    if bill["first_paid_date"] is not None:
        paid.append(bill["first_paid_date"])
    if not paid:
        return bool(bill["is_vendor_new"])
    return bool(min(paid) > around.today - timedelta(days=around.policy.rules.new_vendor_days))


def _twins(around: Surroundings, payload: Payload, bill: dict[str, Any] | None) -> tuple[Twin, ...]:
    found: list[Twin] = []
    number = normalize_invoice_number(payload.invoice_number)
    for other in around.others_like(payload):
        if other["payout_id"] == payload.payout_id:
            continue
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
    since = (around.now - timedelta(days=around.policy.rules.duplicate_window_days)).date()
    for paid in around.paid_to(payload.vendor_id_ramp, bill["counterparty_id"] if bill else None):
        young = paid["paid_date"] is not None and paid["paid_date"] >= since
        same_number = number and normalize_invoice_number(paid["invoice_number_normalized"]) == number
        same_amount = paid["amount_minor"] is not None and abs(paid["amount_minor"]) == payload.amount_minor
        if young and same_number and same_amount:
            found.append(Twin("paid", f"{paid['rail']} {paid['record_id']}", f"same invoice, paid {paid['paid_date']}"))
    if bill and bill["duplicate_of"]:
        twin = around.bills.get(bill["duplicate_of"])
        certain = bool(
            twin and number and twin["open_minor"] == payload.amount_minor
            and normalize_invoice_number(twin["invoice_number"]) == number
        )  # fmt: skip
        found.append(Twin("entered", f"bill {bill['duplicate_of']}", bill["duplicate_evidence"] or "alike", certain))
    return tuple(found)
