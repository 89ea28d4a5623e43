"""Ways out of what is not as usual: a later release, a call-back, silence, what came back, a mismatch, a freeze."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.decisions import joint_rows
from app.components.words import moment
from app.queries.snapshot import Row
from app.views import acting, frame

TWO_PEOPLE = "The first of you asks, a second agrees; one of the two is an advisor or firm admin."
OUTCOMES = {"settled": "Settled: the bank paid it", "returned": "Returned: the money came back",
            "cancelled": "Cancelled: nothing moved"}  # fmt: skip
BEFORE_SENDING = frozenset({"proposed", "blocked", "approved"})


def exits(visit: frame.Visit, client: Row, detail: Any) -> None:
    """The forms that the payout's next step asks the reader for, and what two people did so far."""
    payout = detail.payout
    mount.html(joint_rows(detail.joint_acts))
    act, may = payout.next_step.act, visit.principal.role in ("controller", "advisor", "firm_admin")
    if not may:
        return
    if act == "release":
        _plan(visit, payout)
    if payout.release_at is not None and payout.released_at is None:
        _unplan(visit, payout)
    if payout.state in BEFORE_SENDING and any(v.guard_id == "payee" and v.remedy for v in detail.verdicts):
        _call_back(visit, client, payout)
    if act == "agree_to_resend":
        _resend(visit, payout)
    if act == "reissue":
        _reissue(visit, payout)
    if act == "close":
        _close(visit, payout)


def freeze_banner(visit: frame.Visit, client: Row) -> None:
    """Why nothing is sent for the client, and the form by which two people release it."""
    freezes = visit.plane.payouts.freezes(visit.principal, client["client_id"])
    if not freezes:
        return
    asked = next((one for one in freezes if one.asked_by), None)
    said = "; ".join(f"{one.reason} (since {moment(one.frozen_at)})" for one in freezes)
    waits = f" Release was asked for {moment(asked.asked_at)}; a second person agrees." if asked else ""
    mount.html(banner("bad", f"Sending for {client['client_name']} is frozen", f"{said}.{waits}"))
    if visit.principal.role not in ("controller", "advisor", "firm_admin"):
        return
    with st.popover("Let it send again…", icon=":material/lock_open:"):
        mount.html(f"<p><small>{TWO_PEOPLE} Close what does not match first.</small></p>", dialog=True)
        _reason("unfreeze_reason")
        st.button("Agree to release the client", key="do_unfreeze", on_click=_unfreeze,
                  args=(visit, client["client_id"], acting.form_key(visit)))  # fmt: skip


def _reason(key: str, label: str = "Reason") -> None:
    st.text_input(label, key=key, max_chars=acting.NOTE_MAX, placeholder="Kept in the audit log")


def _said(key: str) -> str:
    return str(st.session_state.get(key) or "").strip()


def _plan(visit: frame.Visit, payout: Any) -> None:
    with st.popover("Release later…", icon=":material/schedule_send:"):
        mount.html("<p><small>The clock releases it in your name; the guards are asked again then.</small></p>",
                   dialog=True)  # fmt: skip
        st.date_input("Day (UTC)", key="release_day", min_value=visit.now.date(), value=visit.now.date())
        st.time_input("Time (UTC)", key="release_time", value=time(14, 0))
        st.button("Plan the release", key="do_plan", on_click=_do_plan,
                  args=(visit, payout.payout_id, acting.form_key(visit)))  # fmt: skip


def _do_plan(visit: frame.Visit, payout_id: str, key: str) -> None:
    day: date = st.session_state["release_day"]
    at = datetime.combine(day, st.session_state["release_time"], UTC)
    plan = visit.plane.payouts.plan_release
    acting.once(lambda: plan(visit.principal, payout_id, at=at, once=key), f"It will be released {moment(at)}.")


def _unplan(visit: frame.Visit, payout: Any) -> None:
    unplan = visit.plane.payouts.unplan_release
    st.button(
        f"Take back the release planned for {moment(payout.release_at)}",
        key="do_unplan",
        on_click=lambda key: acting.once(
            lambda: unplan(visit.principal, payout.payout_id, once=key), "The planned release is taken back."
        ),
        args=(acting.form_key(visit),),
    )


def _call_back(visit: frame.Visit, client: Row, payout: Any) -> None:
    with st.popover("Record a call-back…", icon=":material/call:"):
        mount.html("<p><small>Call the vendor on a number known before the request, never on one that came with it. "
                   "Whoever prepared the payout cannot record the call.</small></p>", dialog=True)  # fmt: skip
        _reason("number_source", "Where the number came from")
        st.date_input("Known since", key="number_known_since", value=None, max_value=visit.now.date())
        st.button("I called and they confirmed", key="do_call_back", on_click=_do_call_back,
                  args=(visit, client["client_id"], payout.vendor_id_ramp, acting.form_key(visit)))  # fmt: skip


def _do_call_back(visit: frame.Visit, client_id: str, vendor_id: str, key: str) -> None:
    source, record = _said("number_source"), visit.plane.payouts.record_call_back
    acting.once(
        lambda: record(
            visit.principal,
            client_id,
            vendor_id,
            number_source=source,
            once=key,
            number_known_since=st.session_state.get("number_known_since"),
        ),
        "The call-back is recorded. Propose the bill again if it was blocked.",
    )


def _resend(visit: frame.Visit, payout: Any) -> None:
    with st.popover("Ramp does not hold it…", icon=":material/manage_search:"):
        mount.html("<p><small>Look in Ramp for the bill and its drafts. Only where there is none may it be sent "
                   "again.</small></p>", dialog=True)  # fmt: skip
        _reason("resend_reason", "What you looked at")
        st.button("I looked, it is not there", key="do_resend", on_click=_on_payout,
                  args=(visit, "agree_to_resend", payout.payout_id, "resend_reason", acting.form_key(visit),
                        "Your look is recorded; the executor still looks for itself."))  # fmt: skip


def _reissue(visit: frame.Visit, payout: Any) -> None:
    with st.popover("Pay it again…", icon=":material/replay:"):
        said = f"{TWO_PEOPLE} The bill is then proposed, approved and released like any other."
        mount.html(f"<p><small>{said}</small></p>", dialog=True)
        _reason("reissue_reason")
        st.button("Agree to pay it again", key="do_reissue", on_click=_on_payout,
                  args=(visit, "reissue", payout.payout_id, "reissue_reason", acting.form_key(visit),
                        "Recorded."))  # fmt: skip


def _close(visit: frame.Visit, payout: Any) -> None:
    with st.popover("Say how it ended…", icon=":material/gavel:"):
        mount.html(f"<p><small>{TWO_PEOPLE} Both name the same outcome and evidence.</small></p>", dialog=True)
        st.selectbox("Outcome", list(OUTCOMES), format_func=OUTCOMES.__getitem__, key="close_outcome")
        st.text_input("Evidence", key="close_evidence", max_chars=200,
                      placeholder="For settled, the posting id of the bank line")  # fmt: skip
        _reason("close_reason")
        st.button("Close it so", key="do_close", on_click=_do_close,
                  args=(visit, payout.payout_id, acting.form_key(visit)))  # fmt: skip


def _do_close(visit: frame.Visit, payout_id: str, key: str) -> None:
    outcome, close = st.session_state["close_outcome"], visit.plane.payouts.close_mismatched
    evidence, reason = _said("close_evidence"), _said("close_reason")
    acting.once(
        lambda: close(visit.principal, payout_id, outcome=outcome, evidence=evidence, reason=reason, once=key),
        "Recorded.",
    )


def _unfreeze(visit: frame.Visit, client_id: str, key: str) -> None:
    reason, unfreeze = _said("unfreeze_reason"), visit.plane.payouts.unfreeze
    acting.once(lambda: unfreeze(visit.principal, client_id, reason, once=key), "Recorded.")


def _on_payout(visit: frame.Visit, act: str, payout_id: str, reason_key: str, key: str, done: str) -> None:
    payouts, reason = visit.plane.payouts, _said(reason_key)
    run = {"reissue": payouts.reissue, "agree_to_resend": payouts.agree_to_resend}[act]
    acting.once(lambda: run(visit.principal, payout_id, reason, once=key), done)
