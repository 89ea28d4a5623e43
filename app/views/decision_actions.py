"""The decisions themselves: propose, approve with the payload in sight, release. The service has the last word."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner, verdict_list
from app.components.payouts import payload_figures
from app.components.words import count, money
from app.queries.cash import accounts
from app.queries.snapshot import Row, Scope
from app.views import frame

PREPARES = frozenset({"bookkeeper", "controller", "advisor"})
APPROVES = frozenset({"controller", "advisor", "firm_admin"})
NOTE_MAX = 500


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
    """Propose, Approve… and Release to Ramp for the chosen bills, each off with its reason when it cannot apply."""
    role = visit.principal.role
    fresh = [x for x in chosen if x["payout"] is None]
    waiting = [x["payout"] for x in chosen if x["payout"] is not None and x["payout"].state == "proposed"]
    approved = [x["payout"] for x in chosen if x["payout"] is not None and releasable(x["payout"])]
    if role in PREPARES:
        blocked = [x for x in fresh if x["outcome"] == "blocked"]
        st.button(
            "Propose",
            key="do_propose",
            icon=":material/add_task:",
            width="stretch",
            type="primary" if role == "bookkeeper" else "secondary",
            disabled=not fresh or len(blocked) == len(fresh),
            help="Every chosen bill is stopped by a guard; see the guards below."
            if fresh and len(blocked) == len(fresh)
            else None,
            on_click=_propose,
            args=(visit, client["client_id"], [x["bill"]["source_bill_id"] for x in fresh if x not in blocked]),
        )
    if role in APPROVES:
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
        st.button(
            "Release to Ramp",
            key="do_release",
            icon=":material/send:",
            width="stretch",
            disabled=not approved,
            on_click=release,
            args=(visit, [p.payout_id for p in approved]),
        )


def _propose(visit: frame.Visit, client_id: str, bill_ids: list[str]) -> None:
    done = 0
    for bill_id in bill_ids:
        with frame.said_plainly():
            visit.plane.payouts.propose(visit.principal, client_id, bill_id)
            done += 1
    _say_done(done, len(bill_ids), "proposed; another person approves")


def release(visit: frame.Visit, payout_ids: list[str]) -> None:
    """Hands approved payouts to the executor, one by one: a bad one never stops another."""
    done = 0
    for payout_id in payout_ids:
        with frame.said_plainly():
            visit.plane.payouts.release(visit.principal, payout_id)
            done += 1
    _say_done(done, len(payout_ids), "released; the executor reserves the cash and sends it to Ramp")


def _approve(visit: frame.Visit, signed: list[tuple[str, str]]) -> None:
    note, done = st.session_state.get("approve_note", ""), 0
    for payout_id, payload_sha256 in signed:
        with frame.said_plainly():
            visit.plane.payouts.approve(visit.principal, payout_id, payload_sha256=payload_sha256, reason=note)
            done += 1
    _say_done(done, len(signed), "approved and logged")


def _say_done(done: int, asked: int, what: str) -> None:
    # A refusal has already put its own words there; they matter more than the count of what went well.
    if done == asked and asked:
        st.session_state["notice"] = ("info", "Done", f"{count(done, 'payout')} {what}.", [])
    elif done:
        tone, title, body, verdicts = st.session_state.get("notice", ("warn", "", "", []))
        st.session_state["notice"] = (tone, title, f"{body} {done} of {asked} {what}.", verdicts)


@st.dialog("Approve payouts", width="large")
def approve_dialog(scope: Scope, visit: frame.Visit, client: Row, payouts: list[Any], lines: dict[str, Any]) -> None:
    """What is signed, in full: total, account, each payload with its hash, the guards, who and when."""
    code = client["currency_code"]
    total = sum(p.amount_minor for p in payouts)
    mount.html(
        f"<p><b>{money(total, code, cents=True)}</b> in {count(len(payouts), 'payout')} "
        f"for {frame.text(client['client_name'])}. "
        f"You sign as {frame.text(visit.principal.name)}, {frame.moment(visit.now)}.</p>",
        dialog=True,
    )
    for payout in payouts:
        line = lines.get(payout.source_bill_id, {})
        account = paying_account(scope, client["client_id"], line.get("bill"))
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
    st.text_area(
        "Note for the record",
        key="approve_note",
        max_chars=NOTE_MAX,
        placeholder="Why you approve; kept in the audit log. Needed for amounts in your policy's review band.",
    )
    if st.button(
        "Approve and log",
        type="primary",
        icon=":material/task_alt:",
        key="approve_and_log",
        on_click=_approve,
        args=(visit, [(p.payout_id, p.payload_sha256) for p in payouts]),
    ):
        st.rerun()
