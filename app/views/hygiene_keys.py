"""Deciding on a hygiene item from the keyboard: one key an act, a second for the reason, U takes it back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import streamlit as st

from app.components import mount
from app.queries.snapshot import Row
from app.views import frame

NOTE_MAX = 500
DECISION_WORDS = {"confirm": "confirmed", "dismiss": "dismissed", "assign": "assigned", "snooze": "snoozed"}
# The reasons most often given, a digit each; any other is typed. C and R are Streamlit's own keys.
REASONS = {
    "dismiss": ("Checked, nothing is wrong", "Already entered elsewhere", "Too small to matter", "Not this client's"),
    "snooze": ("Waiting for the client", "Waiting for the bank", "Waiting for the vendor", "Due at month end"),
}
LEGEND = "Keys: J next, K previous, Y confirm, D dismiss, S snooze, U undo; after D or S a digit gives the reason."


def _decide(client_id: str, item_id: str, action: str, neighbour: str | None, given: str = "") -> None:
    visit = frame.visit()
    if any(d.hygiene_item_id == item_id for d in visit.plane.hygiene.list(visit.principal, client_id)):
        # A key struck twice before the page followed; the first one counts.
        st.session_state["notice"] = ("info", "Decided already", "Undo that decision first to make another.", [])
        return
    reason = given or (st.session_state.get(f"hygiene_reason_{item_id}") or "").strip()
    if action in REASONS and not reason:
        st.session_state["hygiene_asked"] = (item_id, action)
        said = "Choose one by its digit, or say in a few words why; it is kept with the item."
        st.session_state["notice"] = ("bad", "A reason is needed", said, [])
        return
    extra: dict[str, Any] = {}
    if action == "snooze":
        extra["until_date"] = st.session_state.get(f"hygiene_until_{item_id}") or visit.now.date() + timedelta(days=7)
    if action == "assign":
        assignee = (st.session_state.get(f"hygiene_assignee_{item_id}") or "").strip()
        if not assignee:
            st.session_state["notice"] = ("bad", "Somebody has to take it", "Name the person who takes this item.", [])
            return
        extra["assignee"] = assignee
    with frame.said_plainly(f"The item is {DECISION_WORDS[action]}. The next build takes it in; undo stays possible."):
        made = visit.plane.hygiene.decide(visit.principal, client_id, item_id, action, reason, **extra)
        # Only what went through moves on: a refused act leaves its item, and its reason, where they were.
        st.session_state[f"hygiene_last_{client_id}"] = made.decision_id
        st.session_state.pop("hygiene_asked", None)
        if neighbour is not None and action != "assign":
            st.session_state[f"item_of_{client_id}"] = neighbour


def _undo(client_id: str, decision_id: str) -> None:
    visit = frame.visit()
    with frame.said_plainly("The decision is undone."):
        visit.plane.hygiene.undo(visit.principal, decision_id)
        if st.session_state.get(f"hygiene_last_{client_id}") == decision_id:
            del st.session_state[f"hygiene_last_{client_id}"]


def _go(key: str, item_id: str) -> None:
    st.session_state[key] = item_id


def step_bar(item_ids: list[str], chosen: str, key: str) -> str | None:
    """Previous and next, by K and J; returns the item that follows the chosen one, or the one before the last."""
    at = item_ids.index(chosen)
    before = item_ids[at - 1] if at else None
    after = item_ids[at + 1] if at + 1 < len(item_ids) else None
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Previous", key="hygiene_previous", shortcut="K", disabled=before is None, on_click=_go, args=(key, before)
        )
        st.button("Next", key="hygiene_next", shortcut="J", disabled=after is None, on_click=_go, args=(key, after))
        st.caption(f"{at + 1} of {len(item_ids)}", width="content")
    return after or before


def _undo_button(client_id: str, label: str, decision_id: str) -> None:
    st.button(
        label,
        icon=":material/undo:",
        key=f"hygiene_undo_{decision_id}",
        shortcut="U",
        on_click=_undo,
        args=(client_id, decision_id),
    )


def decide_bar(client_id: str, item: Row, neighbour: str | None) -> None:
    """The acts on one item, or the undo of the decision in force on it."""
    if item["live"] is not None:
        _undo_button(client_id, "Undo the decision", item["live"].decision_id)
        return
    item_id = item["hygiene_item_id"]
    # Every key names its item: what was typed for one is never given for another, and a key struck while the page
    # still follows the last one acts on the item that was on screen.
    args = (client_id, item_id)
    st.text_input("Reason", key=f"hygiene_reason_{item_id}", max_chars=NOTE_MAX, placeholder="Kept with the item")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for action, label, icon, letter in (
            ("confirm", "Confirm", "check", "Y"),
            ("dismiss", "Dismiss", "close", "D"),
            ("snooze", "Snooze", "snooze", "S"),
        ):
            st.button(
                label,
                type="primary" if action == "confirm" else "secondary",
                icon=f":material/{icon}:",
                key=f"hygiene_{action}_{item_id}",
                shortcut=letter,
                on_click=_decide,
                args=(*args, action, neighbour),
            )
        with st.popover("Assign", icon=":material/person_add:"):
            st.text_input("Who takes it", key=f"hygiene_assignee_{item_id}", max_chars=120)
            st.button("Assign it", key=f"hygiene_assign_{item_id}", on_click=_decide, args=(*args, "assign", neighbour))
        with st.popover("Snooze until", icon=":material/event:"):
            default = frame.visit().now.date() + timedelta(days=7)
            st.date_input("Until", value=default, key=f"hygiene_until_{item_id}")
        if last := st.session_state.get(f"hygiene_last_{client_id}"):
            _undo_button(client_id, "Undo the last", last)
    asked = st.session_state.get("hygiene_asked")
    if asked and asked[0] == item_id:
        with st.container(horizontal=True):
            for at, reason in enumerate(REASONS[asked[1]], start=1):
                st.button(
                    reason,
                    key=f"hygiene_because_{at}_{item_id}",
                    shortcut=str(at),
                    on_click=_decide,
                    args=(*args, asked[1], neighbour, reason),
                )
    mount.html(f"<p class='muted'>{LEGEND}</p>")
