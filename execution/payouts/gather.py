"""Facts for the guards out of the snapshot and the control store. Live facts are laid over them by the executor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from execution.domain.facts import (
    BalanceFacts,
    BillFacts,
    ClientFacts,
    ClockFacts,
    Elsewhere,
    Facts,
    PayeeFacts,
    RailFacts,
    ReserveFacts,
    Stage,
    Twin,
)
from execution.domain.invoice_number import normalize_invoice_number
from execution.domain.near_miss import Record, twins_of
from execution.domain.payload import Payload
from execution.domain.seen import seen_of
from execution.domain.states import HOLDING
from execution.payouts import holds
from execution.payouts.pace import signed_today_minor
from execution.payouts.rows import Row, signatures_of
from execution.payouts.surroundings import Surroundings


def gather(
    around: Surroundings,
    *,
    payload: Payload,
    stage: Stage,
    row: Row | None = None,
    actor_id: str | None = None,
    preparer_id: str | None = None,
    is_agent: bool | None = None,
) -> Facts:
    """Everything the store and the snapshot know about one payment. What is not known stays None.

    `preparer_id` and `is_agent`: who would prepare it, where there is no payout yet; else the payout names its own.
    """
    client, policy, portfolio = around.client, around.policy, around.portfolio
    bill = around.bills.get(payload.source_bill_id)
    account = around.account(payload.account_id_plaid)
    standing = around.standing(payload.account_id_plaid)
    bill_facts, payee_facts = _bill(bill) if bill else None, _payee(around, payload, row, bill)
    pace = around.pace(payload, _paid_before(around, payload, bill))
    limits = around.limits_used(payload)
    if actor_id is not None:
        signed = signed_today_minor(around.cx, client, around.now, actor_id, payload.payout_id)
        limits = replace(limits, signed_day_minor=signed)
    preparer_id = row["preparer_id"] if row else preparer_id
    return Facts(
        stage=stage,
        now=around.now,
        today=around.today,
        policy=policy.rules,
        client_name=client["client_name"],
        currency_code=client["currency_code"],
        payload=payload,
        stored_payload_sha256=row["payload_sha256"] if row else payload.sha256(),
        preparer_id=preparer_id,
        is_prepared_by_agent=bool(row["is_agent_prepared"]) if row else is_agent,
        permits=around.permits(payload.payout_id),
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
        bill=bill_facts,
        seen=seen_of(bill_facts, payee_facts, payload),
        balance=_balance(account) if account else None,
        reserves=ReserveFacts(standing.held_minor, standing.foreign_minor, pace.promised_minor),
        own_hold_minor=_own_hold(around.cx, row),
        payee=payee_facts,
        twins=_twins(around, payload, bill) if around.snapshot else None,
        elsewhere=_elsewhere(around, row, bill) if around.snapshot else None,
        limits=limits,
        pace=pace.facts,
        client=ClientFacts(client["advisor_mode"], client["payout_mode"], client["removed_at"] is not None),
        rails={r["rail"]: RailFacts(r["status"], r["reason"] or "") for r in around.rails},
        clock=ClockFacts(standing.last_audit_at),
        snapshot_at=around.snapshot.pointer.as_of_at if around.snapshot else None,
        is_client_frozen=standing.frozen_reason is not None,
        frozen_reason=standing.frozen_reason or "",
        is_executor_halted=standing.is_halted,
    )


def seen_now(around: Surroundings, payload: Payload, row: Row | None = None) -> dict[str, Any]:
    """What somebody who looks at a payment now is shown of its bill and payee."""
    bill = around.bills.get(payload.source_bill_id)
    return seen_of(_bill(bill) if bill else None, _payee(around, payload, row, bill), payload)


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


def _paid_before(around: Surroundings, payload: Payload, bill: dict[str, Any] | None) -> tuple[int, ...]:
    """What the vendor was paid in the last 400 days, on any rail; minor units."""
    paid = around.paid_to(payload.vendor_id_ramp, bill["counterparty_id"] if bill else None)
    return tuple(abs(one["amount_minor"]) for one in paid if one["amount_minor"])


def _elsewhere(around: Surroundings, row: Row | None, bill: dict[str, Any] | None) -> tuple[Elsewhere, ...] | None:
    """Other roads by which the payout's bill is being paid, or a bill that stands at Ramp though we sent nothing."""
    if around.paid_elsewhere is None:
        return None
    others = around.paid_elsewhere.get(row["payout_id"], []) if row is not None else []
    found = [
        Elsewhere(one["road"], one["record_id"], f"{one['certainty']}, dated {one['paid_date']}") for one in others
    ]
    # Without the bill its own guard refuses.
    if bill is not None and bill.get("bill_id_ramp") and (row is None or row["sent_at"] is None):
        status = str(bill.get("ramp_status_summary") or "open").lower().replace("_", " ")
        found.append(Elsewhere("ramp", str(bill["bill_id_ramp"]), f"{status} there"))
    return tuple(found)


def _twins(around: Surroundings, payload: Payload, bill: dict[str, Any] | None) -> tuple[Twin, ...]:
    """Every record of the same vendor, or of the same bill, that could be this payment; the rules are near_miss's."""
    mine = Record("entered", payload.source_bill_id, "ramp", payload.source_bill_id, payload.invoice_number,
                  payload.amount_minor, payload.bill_date)  # fmt: skip
    others = {
        other["payout_id"]: Record("in payment", f"payout {other['payout_id'][:8]}, {other['state']}", "ramp",
                                   other["source_bill_id"], other["invoice_number"], other["amount_minor"],
                                   other["created_at"].date())
        for other in around.others_like(payload) if other["payout_id"] != payload.payout_id
    }  # fmt: skip
    paid = [
        Record("paid", one["record_id"], one["rail"], None, one["invoice_number_normalized"] or "",
               abs(one["amount_minor"] or 0), one["paid_date"])
        for one in around.paid_to(payload.vendor_id_ramp, bill["counterparty_id"] if bill else None)
    ]  # fmt: skip
    rules = around.policy.rules
    found = twins_of(mine, [*others.values(), *paid], today=around.today, window_days=rules.duplicate_window_days,
                     amount_days=rules.duplicate_amount_days)  # fmt: skip
    return (*found, *_entered_twice(around, payload, bill))


def _entered_twice(around: Surroundings, payload: Payload, bill: dict[str, Any] | None) -> tuple[Twin, ...]:
    """What the warehouse says of the bill's copies in the books; certain when number and amount agree."""
    if not bill or not bill["duplicate_of"]:
        return ()
    twin, number = around.bills.get(bill["duplicate_of"]), normalize_invoice_number(payload.invoice_number)
    certain = bool(
        twin and number and twin["open_minor"] == payload.amount_minor
        and normalize_invoice_number(twin["invoice_number"]) == number
    )  # fmt: skip
    return (Twin("entered", f"bill {bill['duplicate_of']}", bill["duplicate_evidence"] or "alike", certain),)
