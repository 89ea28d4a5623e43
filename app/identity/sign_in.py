"""Sign-in: the firm's identity provider where one is configured, the demo's people in demo mode."""

from __future__ import annotations

import streamlit as st

from app.components import mount
from app.components.cards import banner, empty_state
from app.components.words import ROLES, plain, text
from app.identity import session
from app.identity.plane import plane
from app.settings import Settings

COMES_FOR = {
    "bookkeeper": "Hygiene tray: can I trust the numbers?",
    "controller": "Decisions: what should we do next?",
    "advisor": "Digest: are we okay, what is coming?",
    "firm_admin": "Portfolio: which clients are at risk today?",
    "analyst": "Lineage: where does this figure come from?",
    "auditor": "Audit log: can every decision be proven?",
    "client_owner": "Digest: how does my business stand?",
}


def _enter(person_id: str) -> None:
    session.remember(plane().people.sign_in_demo(person_id).token)


def page() -> None:
    """The sign-in page; asks for nothing that the identity provider should ask for."""
    settings = Settings.from_env()
    mount.html('<div class="brand"><i></i>RowCol</div>')
    st.title("Sign in")
    if note := st.session_state.pop(session.NOTE, None):
        mount.html(banner("warn", *note))
    has_oidc, has_demo = session.oidc_is_configured(), session.demo_is_allowed(settings)
    if has_oidc:
        st.button("Sign in with your firm's account", type="primary", icon=":material/login:", on_click=st.login)
    if has_demo:
        _demo_people()
    if not has_oidc and not has_demo:
        body = (
            "Demo sign-in works on a loopback address only; open the console on 127.0.0.1."
            if settings.is_demo
            else "Name an OpenID Connect provider in .streamlit/secrets.toml, section [auth], with a random "
            f"cookie_secret of {session.COOKIE_SECRET_LENGTH} characters or more."
        )
        mount.html(empty_state("No way to sign in is configured", body))


def _demo_people() -> None:
    mount.html(
        banner(
            "info",
            "Demo",
            "Made-up people and a sandbox firm. This sign-in asks for no password and works on this machine only.",
        )
    )
    people = plane().people.demo_people()
    if not people:
        mount.html(
            empty_state("No demo people yet", "They are made when the sandbox firm is set up; start it with make demo.")
        )
    for person in people:
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            mount.html(
                f"<b>{text(plain(person.role, ROLES))}</b> <span class='muted'>{text(person.name)}</span>"
                f"<br><small>{text(COMES_FOR.get(person.role, ''))}</small>",
                width="content",
            )
            st.button(
                f"Sign in as {plain(person.role, ROLES).lower()}",
                key=f"enter_{person.person_id}",
                on_click=_enter,
                args=(person.person_id,),
            )
