"""Payouts in flight: their state, their custody line from preparer to bank, and the ways to stop one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import verdict_list
from app.components.decisions import step_line
from app.components.payouts import (
    by_urgency,
    custody_line,
    execution_rows,
    payload_figures,
    proof_line,
    state_chip,
    timeline,
)
from app.components.words import count, dated, money
from app.queries.bills import open_bills, payout_proofs
from app.queries.snapshot import Row, Scope
from app.views import acting, decision_actions, frame
from app.views.payout_exits import exits
from app.views.permits_panel import permits_panel

ROWS_SHOWN = 12


def payouts_panel(scope: Scope, visit: frame.Visit, client: Row, payouts: Sequence[Any]) -> None:
    """The list of payouts, and one of them in full."""
    ordered = by_urgency(payouts)
    left, right = st.columns(2)
    with left, st.container(border=True):
        st.header("Payouts")
        mount.html(execution_rows(ordered[:ROWS_SHOWN]))
        if len(ordered) > ROWS_SHOWN:
            mount.html(f"<small>{count(len(ordered) - ROWS_SHOWN, 'more payout')}: choose one on the right.</small>")
    with right, st.container(border=True):
        st.header("One payout in full")
        if not ordered:
            mount.html('<p class="empty">Its approvals, guards, custody and proof show here.</p>')
            return
        names = {
            p.payout_id: f"{p.vendor_name}, {money(p.amount_minor, p.currency_code, cents=True)} ({p.payout_id[:8]})"
            for p in ordered
        }
        chosen = st.selectbox(
            "Payout", list(names), format_func=lambda i: names.get(i, i), key=f"payout_of_{client['client_id']}"
        )
        _one(scope, visit, client, chosen)


def _one(scope: Scope, visit: frame.Visit, client: Row, payout_id: str) -> None:
    from execution import errors

    try:
        detail = visit.plane.payouts.get(visit.principal, payout_id)
    except (errors.NotFound, errors.Forbidden) as gone:
        mount.html(f'<p class="empty">{frame.text(gone)}</p>')
        return
    payout = detail.payout
    bills = {b["source_bill_id"]: b for b in open_bills(scope, client["client_id"])}
    account = decision_actions.paying_account(scope, client["client_id"], bills.get(payout.source_bill_id))
    mount.html(f'<div class="chips">{state_chip(payout.state)}</div>')
    if payout.state_reason:
        mount.html(f"<p><small>{frame.text(dated(payout.state_reason))}</small></p>")
    mount.html(step_line(payout, visit.now))
    proof = {p["payout_id"]: p for p in payout_proofs(scope, client["client_id"])}.get(payout_id)
    payload, proof_tab, custody, guards = st.tabs(["Payload", "Proof", "Custody", "Guards"])
    with payload:
        mount.html(payload_figures(payout, account))
    with proof_tab:
        mount.html(proof_line(payout, proof))
    with custody:
        mount.html(custody_line(detail.custody, visit.now) + timeline(detail.timeline))
    with guards:
        mount.html(
            verdict_list(detail.verdicts, fold=True)
            if detail.verdicts
            else '<p class="empty">No verdicts recorded.</p>'
        )
        permits_panel(visit, payout, detail.verdicts)
    with st.container(horizontal=True):
        _actions(scope, visit, client, payout)
        exits(visit, client, detail)


def _actions(scope: Scope, visit: frame.Visit, client: Row, payout: Any) -> None:
    role, person = visit.principal.role, visit.principal.person_id
    may_approve = role in decision_actions.APPROVES and payout.state == "proposed" and payout.preparer_id != person
    if may_approve and st.button("Approve this payout…", key="approve_one", icon=":material/task_alt:"):
        decision_actions.approve_dialog(scope, visit, client, [payout], {})
    if role in decision_actions.APPROVES and decision_actions.releasable(payout):
        st.button(
            "Release this payout",
            key="release_one",
            icon=":material/send:",
            on_click=decision_actions.release,
            args=(visit, client["client_id"], [payout], acting.form_key(visit)),
        )
    if payout.state not in decision_actions.STOPPABLE or role not in decision_actions.APPROVES:
        return
    key = acting.form_key(visit)
    with st.popover("Stop this payout", icon=":material/pan_tool:"):
        st.text_input(
            "Reason", key="stop_reason", max_chars=decision_actions.NOTE_MAX, placeholder="Kept in the audit log"
        )
        with st.container(horizontal=True):
            if role in decision_actions.APPROVES and payout.state != "held":
                st.button("Hold", key="do_hold", on_click=_stop, args=(visit, payout.payout_id, "hold", key))
            if role in decision_actions.APPROVES and payout.state == "proposed":
                st.button("Reject", key="do_reject", on_click=_stop, args=(visit, payout.payout_id, "reject", key))
            if role in decision_actions.APPROVES:
                st.button(
                    "Cancel payout", key="do_cancel", on_click=_stop, args=(visit, payout.payout_id, "cancel", key)
                )


def _stop(visit: frame.Visit, payout_id: str, how: str, key: str) -> None:
    reason = (st.session_state.get("stop_reason") or "").strip()
    if acting.reason_missing(reason):
        return
    done = {"hold": "The payout is on hold.", "reject": "The payout is rejected.", "cancel": "The payout is cancelled."}
    payouts = visit.plane.payouts
    act = {"hold": payouts.hold, "reject": payouts.reject, "cancel": payouts.cancel}[how]
    acting.once(lambda: act(visit.principal, payout_id, reason, once=key), done[how])
