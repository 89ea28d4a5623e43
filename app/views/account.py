"""Your account: where you are signed in, and the API tokens that act in your name."""

from __future__ import annotations

import streamlit as st

from app.components import mount
from app.components.words import ROLES, count, moment, plain
from app.views import frame, sign_ins_panel

HAVE_TOKENS = frozenset({"bookkeeper", "controller", "advisor", "firm_admin"})


def page() -> None:
    """The person's own sessions and tokens, and the way out everywhere."""
    visit = frame.visit()
    who = visit.principal
    reach = "every client" if who.client_ids is None else count(len(who.client_ids), "client")
    frame.header("Your account", f"{who.name}, {plain(who.role, ROLES).lower()} for {reach}. As of {moment(visit.now)}")
    frame.notice()
    sign_ins_panel.show_once()
    with st.container(border=True):
        st.header("Where you are signed in")
        sessions = visit.plane.people.list_own_sessions(who)
        sign_ins_panel.sessions_rows(sessions, who.session_id, lambda i: _end_session(visit, i), "own_session")
        st.button("Sign out everywhere", key="do_everywhere", icon=":material/logout:", on_click=_everywhere,
                  args=(visit,), help="Ends every session of yours, this one too. API tokens stay.")  # fmt: skip
    if who.role in HAVE_TOKENS:
        with st.container(border=True):
            st.header("API tokens in your name")
            tokens = visit.plane.people.list_own_api_tokens(who)
            sign_ins_panel.tokens_rows(
                tokens, lambda i: _end_token(visit, i), "own_token", lambda i: _rotate(visit, i)
            )  # fmt: skip
            sign_ins_panel.make_token(visit)
    else:
        mount.html('<p class="muted">Your role has no API tokens.</p>')


def _end_session(visit: frame.Visit, session_id: str) -> None:
    with frame.said_plainly("The session is over."):
        visit.plane.people.end_own_session(visit.principal, session_id)


def _everywhere(visit: frame.Visit) -> None:
    with frame.said_plainly():
        visit.plane.people.sign_out_everywhere(visit.principal)


def _end_token(visit: frame.Visit, token_id: str) -> None:
    with frame.said_plainly("The token opens nothing from now on."):
        visit.plane.people.end_own_api_token(visit.principal, token_id)


def _rotate(visit: frame.Visit, token_id: str) -> None:
    with frame.said_plainly("The old token still opens for an hour."):
        sign_ins_panel.keep_to_show(visit.plane.people.rotate_own_api_token(visit.principal, token_id))
