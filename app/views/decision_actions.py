"""Acts on chosen bills: propose, approve with the list in sight, release, hold, reject, cancel; an outcome per line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner, verdict_list
from app.components.payouts import payload_figures
from app.components.words import count, money
from app.queries.cash import accounts
from app.queries.snapshot import Row, Scope
from app.views import acting, frame

PREPARES = frozenset({"bookkeeper", "controller", "advisor"})
APPROVES = frozenset({"controller", "advisor", "firm_admin"})
STOPPABLE = frozenset({"proposed", "blocked", "held", "approved", "reserved"})
NOTE_MAX = acting.NOTE_MAX


def paying_account(scope: Scope, client_id: str, bill: Row | None) -> str:
    """The bank account a payout leaves from, by name and last four."""
    wanted = (bill or {}).get("account_id_plaid")
    for account in accounts(scope, client_id):
        if account["account_id_plaid"] == wanted or (wanted is None and account["bank_account_id_ramp"]):
            return f"{account['account_name']} ending {account['mask'] or 'unknown'}"
    return "the client's Ramp funding account"


def releasable(payout: Any) -> bool:
    """Approved and not yet handed to the executor."""
    return payout.state == "approved" and payout.released_at is None


def buttons(scope: Scope, visit: frame.Visit, client: Row, chosen: list[dict[str, Any]]) -> None:
    """The batch bar: each act for the chosen bills, off with its reason when it cannot apply."""
    role, client_id = visit.principal.role, client["client_id"]
    payouts = [x["payout"] for x in chosen if x["payout"] is not None]
    fresh = [x for x in chosen if x["payout"] is None]
    if len(chosen) > 1 and not frame.has("bulk"):
        frame.without("bulk")
    if role in PREPARES:
        blocked = [x for x in fresh if x["outcome"] == "blocked"]
        all_blocked = bool(fresh) and len(blocked) == len(fresh)
        st.button(
            "Propose",
            key="do_propose",
            icon=":material/add_task:",
            width="stretch",
            type="primary" if role == "bookkeeper" else "secondary",
            disabled=not fresh or all_blocked,
            help="Every chosen bill is stopped by a guard; see the guards below." if all_blocked else None,
            on_click=_propose,
            args=(visit, client_id, [x["bill"]["source_bill_id"] for x in fresh if x not in blocked],
                  acting.form_key(visit)),
        )  # fmt: skip
    if role in APPROVES:
        _approving(scope, visit, client, chosen, payouts)
        approved = [p for p in payouts if releasable(p)]
        st.button(
            "Release to Ramp",
            key="do_release",
            icon=":material/send:",
            width="stretch",
            disabled=not approved,
            on_click=release,
            args=(visit, client_id, approved, acting.form_key(visit)),
        )
        _stopping(visit, client_id, [p for p in payouts if p.state in STOPPABLE])


def _approving(scope: Scope, visit: frame.Visit, client: Row, chosen: list[dict[str, Any]], payouts: list[Any]) -> None:
    waiting = [p for p in payouts if p.state == "proposed"]
    mine = [p for p in waiting if p.preparer_id == visit.principal.person_id]
    others = [p for p in waiting if p not in mine]
    if mine and not others:
        mount.html('<p class="empty">You prepared this one; another person has to approve it.</p>')
    if st.button(
        "Approve…",
        key="do_approve",
        type="primary",
        icon=":material/task_alt:",
        width="stretch",
        disabled=not others,
        help="Only proposed bills can be approved; propose them first." if chosen and not waiting else None,
    ):
        approve_dialog(scope, visit, client, others, {x["bill"]["source_bill_id"]: x for x in chosen})


def _stopping(visit: frame.Visit, client_id: str, payouts: list[Any]) -> None:
    """Hold, reject or cancel what was chosen, with one reason for the list."""
    if not payouts:
        return
    with st.popover("Stop…", icon=":material/pan_tool:", width="stretch"):
        st.text_input("Reason", key="stop_all_reason", max_chars=NOTE_MAX, placeholder="Kept with every line")
        key = acting.form_key(visit)
        with st.container(horizontal=True):
            for verb, word in (("hold", "Hold"), ("reject", "Reject"), ("cancel", "Cancel")):
                st.button(
                    f"{word} {count(len(payouts), 'payout')}",
                    key=f"{verb}_all",
                    on_click=_stop,
                    args=(visit, client_id, verb, [p.payout_id for p in payouts], key),
                )


def _propose(visit: frame.Visit, client_id: str, bill_ids: list[str], key: str) -> None:
    propose_all = visit.plane.payouts.propose_all
    acting.batch(
        lambda on_line: propose_all(visit.principal, client_id, bill_ids, idempotency_key=key, on_line=on_line),
        "proposed; another person approves",
    )


def release(visit: frame.Visit, client_id: str, payouts: Sequence[Any], key: str) -> None:
    """Hands approved payouts, as they were shown, to the executor: a bad one never stops another."""
    payloads = {p.payout_id: p.payload_sha256 for p in payouts}
    list_sha256 = acting.list_hash(payloads)
    release_all = visit.plane.payouts.release_all
    acting.batch(
        lambda on_line: release_all(
            visit.principal, client_id, payloads, list_sha256=list_sha256, idempotency_key=key, on_line=on_line
        ),
        "released; the executor reserves the cash and sends it to Ramp",
    )


def _approve(visit: frame.Visit, client_id: str, payloads: dict[str, str], list_sha256: str, key: str) -> None:
    approve_all, note = visit.plane.payouts.approve_all, st.session_state.get("approve_note", "")
    acting.batch(
        lambda on_line: approve_all(
            visit.principal, client_id, payloads, list_sha256=list_sha256, idempotency_key=key, reason=note,
            on_line=on_line,
        ),
        "approved and logged",
    )  # fmt: skip


def _stop(visit: frame.Visit, client_id: str, verb: str, payout_ids: list[str], key: str) -> None:
    reason = st.session_state.get("stop_all_reason") or ""
    if acting.reason_missing(reason):
        return
    payouts = visit.plane.payouts
    act = {"hold": payouts.hold_all, "reject": payouts.reject_all, "cancel": payouts.cancel_all}[verb]
    said = {"hold": "on hold", "reject": "rejected", "cancel": "cancelled"}[verb]
    acting.batch(
        lambda on_line: act(
            visit.principal, client_id, payout_ids, idempotency_key=key, reason=reason.strip(), on_line=on_line
        ),
        said,
    )


@st.dialog("Approve payouts", width="large")
def approve_dialog(scope: Scope, visit: frame.Visit, client: Row, payouts: list[Any], lines: dict[str, Any]) -> None:
    """What is signed, in full: total, account, each payload with its hash, the list's hash, the guards, who, when."""
    code, client_id = client["currency_code"], client["client_id"]
    sheet = visit.plane.payouts.sheet(visit.principal, client_id, [p.payout_id for p in payouts])
    mount.html(
        f"<p><b>{money(sheet.total_minor, code, cents=True)}</b> in {count(len(sheet.payouts), 'payout')} "
        f"for {frame.text(client['client_name'])}. "
        f"You sign as {frame.text(visit.principal.name)}, {frame.moment(visit.now)}.</p>",
        dialog=True,
    )
    for payout in sheet.payouts:
        line = lines.get(payout.source_bill_id, {})
        account = paying_account(scope, client_id, line.get("bill"))
        with st.container(border=True):
            mount.html(payload_figures(payout, account), dialog=True)
            verdict = line.get("verdict")
            failed = (
                [v for v in verdict.verdicts if str(getattr(v, "effect", "pass")) != "pass" or not v.passed]
                if verdict
                else []
            )
            passed = len(verdict.verdicts) - len(failed) if verdict else 0
            mount.html(f"<p><small>{count(passed, 'guard')} passed.</small></p>" + verdict_list(failed), dialog=True)
            if payout.approvals_needed > payout.approvals_have + 1:
                mount.html(
                    banner(
                        "info", "A second approver follows", "Your approval counts; another person has to add theirs."
                    ),
                    dialog=True,
                )
    if len(sheet.payouts) > 1:
        mount.html(
            f'<p class="hash"><small>List SHA-256</small><code>{frame.text(sheet.list_sha256)}</code></p>', dialog=True
        )
    st.text_area(
        "Note for the record",
        key="approve_note",
        max_chars=NOTE_MAX,
        placeholder="Why you approve; kept in the audit log. Needed for amounts in your policy's review band.",
    )
    payloads = {p.payout_id: p.payload_sha256 for p in sheet.payouts}
    if st.button(
        "Approve and log",
        type="primary",
        icon=":material/task_alt:",
        key="approve_and_log",
        on_click=_approve,
        args=(visit, client_id, payloads, sheet.list_sha256, acting.form_key(visit)),
    ):
        st.rerun()
