"""Break-glass permits: what is in force, loudly, and asking, confirming or taking one back for a payout."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.words import GUARDS, moment, plain
from app.views import frame

GIVES = frozenset({"controller", "advisor", "firm_admin"})
REASON_MAX = 500
BEFORE_SENDING = frozenset({"proposed", "blocked", "held", "approved", "reserved"})


def open_permits(visit: frame.Visit) -> None:
    """A line for each permit that is asked for or in force: whoever approves shall not overlook one."""
    for one in visit.plane.permits.open(visit.principal):
        what = f"{plain(one.guard_id, GUARDS)}, payout {one.payout_id[:8]}"
        if one.state == "asked":
            mount.html(banner("warn", f"{one.asked_by_name} asks for a permit: {what}", one.reason))
        else:
            who = f"{one.asked_by_name} and {one.confirmed_by_name}, until {moment(one.expires_at)}"
            mount.html(banner("bad", f"A permit is in force: {what}", f"{one.reason} Given by {who}."))


def permits_panel(visit: frame.Visit, payout: Any, verdicts: list[Any]) -> None:
    """The payout's permits, and what this person may do about them."""
    found = list(visit.plane.permits.of_payout(visit.principal, payout.payout_id))
    for one in found:
        _one(visit, payout, one)
    if visit.principal.role not in GIVES or payout.state not in BEFORE_SENDING:
        return
    liftable = set(visit.plane.permits.liftable())
    held = {one.guard_id for one in found if one.state in ("asked", "in force")}
    refused = [v.guard_id for v in verdicts if not v.passed and v.guard_id in liftable and v.guard_id not in held]
    if not refused:
        return
    with st.popover("Ask for a permit…", icon=":material/emergency:"):
        mount.html("<small>Two people let this payout past one guard, for a day at most. Everybody sees it.</small>")
        st.selectbox("Guard", refused, format_func=lambda g: plain(g, GUARDS), key="permit_guard")
        st.text_input("Why may it pass", key="permit_reason", max_chars=REASON_MAX)
        st.button("Ask", key="do_ask_permit", on_click=_ask, args=(visit, payout.payout_id))


def _one(visit: frame.Visit, payout: Any, one: Any) -> None:
    tone = {"asked": "warn", "in force": "bad"}.get(one.state, "info")
    until = f" Until {moment(one.expires_at)}." if one.expires_at else ""
    by = f"Asked by {one.asked_by_name}" + (f", confirmed by {one.confirmed_by_name}." if one.confirmed_by else ".")
    title = f"Permit {one.state}: {plain(one.guard_id, GUARDS)}"
    mount.html(banner(tone, title, f"{one.reason} {by}{until}"))
    if visit.principal.role not in GIVES or one.state not in ("asked", "in force"):
        return
    with st.container(horizontal=True):
        mine = visit.principal.person_id in (one.asked_by, payout.preparer_id)
        if one.state == "asked" and not mine:
            st.button("Confirm the permit", key=f"confirm_{one.permit_id}", icon=":material/emergency:",
                      on_click=_act, args=(visit, payout.payout_id, one.permit_id, "confirm"))  # fmt: skip
        st.button("Take it back", key=f"revoke_{one.permit_id}",
                  on_click=_act, args=(visit, payout.payout_id, one.permit_id, "revoke"))  # fmt: skip


def _ask(visit: frame.Visit, payout_id: str) -> None:
    reason = (st.session_state.get("permit_reason") or "").strip()
    with frame.said_plainly("The permit is asked for; another person confirms it."):
        visit.plane.permits.request(visit.principal, payout_id, st.session_state["permit_guard"], reason=reason)


def _act(visit: frame.Visit, payout_id: str, permit_id: str, act: str) -> None:
    done = {"confirm": "The permit is in force; propose the bill again.", "revoke": "The permit is taken back."}
    with frame.said_plainly(done[act]):
        getattr(visit.plane.permits, act)(visit.principal, payout_id, permit_id)
