"""The firm's feature tier: what it has, and the way to another one, which takes two firm admins."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.tables import html_table
from app.components.words import moment
from app.views import frame

TIERS = {"basic": "Basic: the ritual", "smart": "Smart: the ritual and what makes it easier"}


def tier_panel(visit: frame.Visit) -> None:
    """Features with and without, the open request, and asking for the other tier."""
    found = visit.plane.tiers.in_force(visit.principal)
    with st.container(border=True):
        st.header(f"Tier: {TIERS[found.tier]}")
        mount.html(
            '<p class="muted">No check is in a tier: guards, holds, stops, walls and evidence are the same in both.</p>'
        )
        body = [(one.title, one.what, "Yes" if one.is_there else "No") for one in found.features]
        mount.html(html_table(("Feature", "What it is", "Here"), body))
        if found.waiting is None:
            _asking(visit, next(tier for tier in TIERS if tier != found.tier))
        else:
            _waiting(visit, found.waiting)


def _asking(visit: frame.Visit, tier: str) -> None:
    with st.popover(f"Ask for {tier}…", icon=":material/swap_vert:"):
        st.text_input("Why", key="tier_reason", max_chars=500, placeholder="Kept in the audit log")
        st.button("Ask", key="do_tier", type="primary", on_click=_ask, args=(visit, tier))


def _waiting(visit: frame.Visit, one: Any) -> None:
    mount.html(
        banner("warn", f"{one.asked_by_name} asks for the tier {one.tier}", f"{one.reason} {moment(one.asked_at)}.")
    )
    with st.container(horizontal=True):
        if visit.principal.person_id != one.asked_by:
            st.button("Confirm the tier", key="do_tier_confirm", type="primary", on_click=_answer,
                      args=(visit, one.request_id, "confirm"))  # fmt: skip
        st.button("Withdraw", key="do_tier_withdraw", on_click=_answer, args=(visit, one.request_id, "withdraw"))


def _ask(visit: frame.Visit, tier: str) -> None:
    with frame.said_plainly("A second firm admin has to confirm; until then nothing changes."):
        visit.plane.tiers.ask(visit.principal, tier, st.session_state.get("tier_reason") or "")


def _answer(visit: frame.Visit, request_id: str, act: str) -> None:
    done = {"confirm": "Your firm has the tier from now on.", "withdraw": "The request is withdrawn."}
    with frame.said_plainly(done[act]):
        getattr(visit.plane.tiers, act)(visit.principal, request_id)
