"""Open sessions and API tokens, as their owner and as a firm admin see them; each is ended by one click."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.words import moment, text
from app.views import frame

WAYS = {"oidc": "Your firm's account", "demo": "Demo sign-in"}
KINDS = {
    "api": "Whatever its person may",
    "read": "Reads only",
    "agent": "An agent: reads and proposes",
}
SHOWN = "token_shown"


def sessions_rows(sessions: Sequence[Any], current: str, end: Callable[[str], None], key: str) -> None:
    """A row per live session with the way to end it; `current` is this browser's own session."""
    if not sessions:
        mount.html('<p class="empty">Nobody is signed in.</p>')
    for one in sessions:
        mine = " This one." if current.startswith(one.session_id) else ""
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            mount.html(
                f"<span>{text(WAYS.get(one.via, one.via))}.{mine}<br><small class='muted'>Since "
                f"{moment(one.started_at)}, last seen {moment(one.last_seen_at)}, ends {moment(one.ends_at)} at the "
                "latest</small></span>",
                width="content",
            )
            st.button("End", key=f"{key}_{one.session_id}", on_click=end, args=(one.session_id,),
                      help=f"End the session last seen {moment(one.last_seen_at)}")  # fmt: skip


def tokens_rows(
    tokens: Sequence[Any], end: Callable[[str], None], key: str, rotate: Callable[[str], None] | None = None
) -> None:
    """A row per live token; only its owner replaces it."""
    if not tokens:
        mount.html('<p class="empty">No API token is live.</p>')
    for one in tokens:
        used = f"last used {moment(one.last_used_at)}" if one.last_used_at else "never used"
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            mount.html(
                f"<span><b>{text(one.name)}</b> <span class='muted'>{text(one.token_id)}</span><br>"
                f"<small class='muted'>{text(KINDS[one.acts_as])}; {text(used)}; ends {moment(one.ended_at)}"
                "</small></span>",
                width="content",
            )
            with st.container(horizontal=True, width="content"):
                if rotate is not None:
                    st.button("Replace", key=f"{key}_rotate_{one.token_id}", on_click=rotate, args=(one.token_id,),
                              help=f"A new token for {one.name}; the old one still opens for an hour")  # fmt: skip
                st.button("End", key=f"{key}_end_{one.token_id}", on_click=end, args=(one.token_id,),
                          help=f"{one.name} opens nothing from now on")  # fmt: skip


def keep_to_show(token: str) -> None:
    """Keeps a new token for the next draw of the page, and for that one alone."""
    st.session_state[SHOWN] = token


def show_once() -> None:
    """The token that was just made; the page forgets it as it draws it."""
    if token := st.session_state.pop(SHOWN, None):
        with st.container(border=True):
            mount.html("<p><b>Your new token</b>, shown this once and kept nowhere: put it where the program is.</p>")
            st.code(token, language=None)


def make_token(visit: frame.Visit) -> None:
    """The form that makes a token in the person's own name."""
    kinds = [kind for kind in KINDS if kind != "agent" or frame.has("agent")]
    with st.popover("New API token…", icon=":material/key:"):
        st.text_input("Name", key="token_name", max_chars=200, placeholder="Month-end report")
        st.selectbox("What it may", kinds, format_func=KINDS.__getitem__, key="token_kind", index=kinds.index("read"))
        st.number_input("Days until it ends", 1, 90, 30, key="token_days")
        st.button("Make the token", key="do_token", type="primary", on_click=_make, args=(visit,))
        if "agent" not in kinds:
            frame.without("agent")


def _make(visit: frame.Visit) -> None:
    kind = st.session_state["token_kind"]
    with frame.said_plainly():
        keep_to_show(
            visit.plane.people.issue_api_token(
                visit.principal, st.session_state["token_name"] or "", is_agent=kind == "agent",
                is_read_only=kind == "read", life_days=int(st.session_state["token_days"]),
            )
        )  # fmt: skip
