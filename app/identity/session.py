"""From a browser session to a Principal, checked against the control store on every run.

The session row there decides (idle and absolute limit, revocation); the cookie only carries its token.
"""

from __future__ import annotations

import time
from typing import Any

import streamlit as st

from app.identity.plane import plane
from app.identity.tickets import COOKIE, TICKETS
from app.settings import Settings, is_loopback

TOKEN = "rowcol_token"
TICKET = "rowcol_ticket"
# The provider's cookie lives 30 days and survives a sign-out; only a fresh proof may open a session.
IDENTITY_FRESH_SECONDS = 600


def demo_is_allowed(settings: Settings) -> bool:
    """The local sign-in: demo mode only, and only while the server answers on this machine alone."""
    if not settings.is_demo or not is_loopback(st.get_option("server.address")):
        return False
    host = st.context.headers.get("Host") if st.context.headers else None
    # A page opened under another name (DNS rebinding, a forwarded port) is not the local one.
    return host is None or is_loopback(host)


def oidc_is_configured() -> bool:
    """Whether secrets name an OIDC provider."""
    try:
        return "auth" in st.secrets
    except FileNotFoundError:
        return False


def remember(token: str) -> None:
    """Keeps a new session in this browser session, and a ticket to put it in the cookie."""
    st.session_state[TOKEN] = token
    st.session_state[TICKET] = TICKETS.issue(token)


def waiting_ticket() -> str | None:
    """The ticket that the browser has not traded yet; a run that ends early must not lose it."""
    ticket = st.session_state.get(TICKET)
    if ticket and not TICKETS.waits(ticket):
        del st.session_state[TICKET]
        return None
    return ticket


def _from_oidc() -> str | None:
    if not oidc_is_configured() or not st.user.get("is_logged_in"):
        return None
    now = time.time()
    proven_at = st.user.get("auth_time") or st.user.get("iat") or 0
    if now - float(proven_at) > IDENTITY_FRESH_SECONDS:
        return None
    # An address that the provider has not verified must not find a person by it.
    email = st.user.get("email") if st.user.get("email_verified") is True else None
    session = plane().people.sign_in_oidc(st.user["iss"], st.user["sub"], email)
    remember(session.token)
    return session.token


def principal() -> Any | None:
    """Who is signed in, or None. Raises nothing: an ended session reads as signed out."""
    from execution.errors import Forbidden, NotFound, Unauthenticated

    token = st.session_state.get(TOKEN) or st.context.cookies.get(COOKIE)
    try:
        token = token or _from_oidc()
        return plane().people.principal_for(token) if token else None
    except Unauthenticated as ended:
        was_signed_in = st.session_state.pop(TOKEN, None)
        if was_signed_in:
            st.session_state["sign_in_note"] = str(ended)
    except (Forbidden, NotFound) as refused:
        st.session_state["sign_in_note"] = str(refused)
    return None


def sign_out() -> None:
    """Ends the session in the control store; every copy of its token is dead with it."""
    token = st.session_state.pop(TOKEN, None) or st.context.cookies.get(COOKIE)
    if token:
        plane().people.sign_out(token)
    if oidc_is_configured() and st.user.get("is_logged_in"):
        st.logout()
