"""From a browser session to a Principal, checked against the control store on every run.

The session row there decides (idle and absolute limit, revocation); the cookie only carries its token.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from app.identity.plane import plane
from app.identity.proofs import FRESH_SECONDS, PROOFS, Proof
from app.identity.tickets import COOKIE, TICKETS
from app.settings import Settings, is_loopback

TOKEN = "rowcol_token"
TICKET = "rowcol_ticket"
COOKIE_SECRET_LENGTH = 32
NOTE = "sign_in_note"  # (title, sentence) for the sign-in page: why one stands before it.


def demo_is_allowed(settings: Settings) -> bool:
    """The local sign-in: demo mode only, and only while the server answers on this machine alone."""
    if not settings.is_demo or not is_loopback(st.get_option("server.address")):
        return False
    host = st.context.headers.get("Host") if st.context.headers else None
    # A page opened under another name (DNS rebinding, a forwarded port) is not the local one.
    return host is None or is_loopback(host)


def oidc_is_configured() -> bool:
    """Whether secrets name an OIDC provider, with a cookie secret that nobody guesses: it signs identities."""
    try:
        return "auth" in st.secrets and len(str(st.secrets["auth"].get("cookie_secret", ""))) >= COOKIE_SECRET_LENGTH
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


def _refusal(proof: Proof, now: float) -> str | None:
    """Why a proof is no good before anybody is looked up; None when it is."""
    if now - proof.proven_at <= FRESH_SECONDS:
        return None
    at = f"{datetime.fromtimestamp(proof.proven_at, UTC):%d %b %H:%M} UTC"
    return (
        f"your identity provider last asked who you are on {at}, and a session here takes a proof of the last ten "
        'minutes. Sign in again; if it does not ask, whoever runs the console sets prompt = "login" in secrets.toml'
    )


def _open(proof: Proof, now: float) -> str:
    """A session's token for a proof. Raises Unauthenticated with whom to ask."""
    from execution.errors import Unauthenticated

    if reason := _refusal(proof, now):
        raise Unauthenticated(reason)
    # An address that the provider has not verified must not find a person by it.
    email = proof.email if proof.is_email_verified else None
    try:
        return plane().people.sign_in_oidc(proof.issuer, proof.subject, email).token
    except Unauthenticated as refused:
        if proof.email is None:
            raise Unauthenticated(
                "your identity provider sent no e-mail address, so nobody can be found by it; ask whoever runs it to "
                "release the email claim to RowCol"
            ) from refused
        if email is None:
            raise Unauthenticated(
                f"your identity provider does not say that {proof.email} is verified; ask whoever runs it to verify "
                "the address, then sign in again"
            ) from refused
        raise Unauthenticated(f"{email}: {refused}") from refused


def _from_oidc() -> str | None:
    """A session for the identity that Streamlit holds, when it is a fresh proof; a refusal leaves an audit row."""
    from execution.errors import Unauthenticated

    if not oidc_is_configured() or not st.user.get("is_logged_in"):
        return None
    proof, now = Proof.of(st.user.to_dict()), time.time()
    if not PROOFS.take(proof, now):
        if reason := PROOFS.reason(proof):
            st.session_state[NOTE] = ("Sign-in refused", reason)
        return None
    try:
        token = _open(proof, now)
    except Unauthenticated as refused:
        reason = str(refused)
        told = {
            "issuer": proof.issuer,
            "subject": proof.subject,
            "email": proof.email,
            "email_verified": proof.is_email_verified,
        }
        plane().audit.record_refusal(None, "sign_in.refused", proof.email or proof.subject, reason, told)
        PROOFS.refuse(proof, reason)
        st.session_state[NOTE] = ("Sign-in refused", reason)
        return None
    remember(token)
    return token


def principal() -> Any | None:
    """Who is signed in, or None. Raises nothing: an ended session reads as signed out."""
    from execution.errors import Unauthenticated

    if held := st.session_state.get(TOKEN) or st.context.cookies.get(COOKIE):
        try:
            return plane().people.principal_for(held)
        except Unauthenticated as ended:
            if st.session_state.pop(TOKEN, None):
                st.session_state[NOTE] = ("You were signed out", str(ended))
    # The cookie of an ended session stays in the browser; it must not stand in the way of a new sign-in.
    token = _from_oidc()
    try:
        return plane().people.principal_for(token) if token else None
    except Unauthenticated as ended:
        st.session_state[NOTE] = ("You were signed out", str(ended))
        return None


def sign_out() -> None:
    """Ends the session in the control store; every copy of its token is dead with it."""
    for token in {st.session_state.pop(TOKEN, None), st.context.cookies.get(COOKIE)} - {None}:
        plane().people.sign_out(token)
    if oidc_is_configured() and st.user.get("is_logged_in"):
        st.logout()
