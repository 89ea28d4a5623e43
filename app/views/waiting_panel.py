"""What waits for the reader: payouts whose next step is theirs, the most urgent first, with the acts at hand."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components import mount
from app.components.decisions import waiting_rows
from app.components.words import count
from app.queries.snapshot import Row, Scope
from app.views import acting, decision_actions, frame

ROWS_SHOWN = 8


def waiting_panel(scope: Scope, visit: frame.Visit, client: Row, lines: dict[str, Any]) -> None:
    """The list, and one button for all that waits to be signed and one for all that waits to be released."""
    waiting = list(visit.plane.payouts.waiting(visit.principal, client["client_id"]))
    if not waiting:
        return
    with st.container(border=True, key="waits_for_you"):
        st.header("Waits for you")
        mount.html(waiting_rows(waiting[:ROWS_SHOWN], visit.now))
        if len(waiting) > ROWS_SHOWN:
            mount.html(f"<small>{count(len(waiting) - ROWS_SHOWN, 'more payout')}: choose them below.</small>")
        to_sign = [one.payout for one in waiting if one.act == "approve"]
        to_release = [one.payout for one in waiting if one.act == "release"]
        with st.container(horizontal=True):
            if to_sign and st.button(
                f"Look and approve {count(len(to_sign), 'payout')}…",
                key="approve_waiting",
                icon=":material/task_alt:",
                type="primary",
            ):
                decision_actions.approve_dialog(scope, visit, client, to_sign, lines)
            if to_release:
                st.button(
                    f"Release {count(len(to_release), 'payout')}",
                    key="release_waiting",
                    icon=":material/send:",
                    on_click=decision_actions.release,
                    args=(visit, client["client_id"], to_release, acting.form_key(visit)),
                )
