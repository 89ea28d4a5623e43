"""One run of a visitor's page: who are you, what may you see, and the page itself."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app.components import mount
from app.components.words import ROLES, plain, text
from app.identity import session, sign_in
from app.identity.plane import plane
from app.navigation import SURFACES, landing_for, links, pages_for
from app.settings import Settings
from app.views import frame


def _signed_out() -> None:
    """Every address leads to the sign-in page and keeps its place for afterwards."""
    home = st.Page(sign_in.page, title="Sign in", default=True)
    others = [st.Page(sign_in.page, title="Sign in", url_path=s.url) for s in SURFACES]
    st.navigation([home, *others], position="hidden").run()


def _sidebar(principal: object, pages: dict[str, st.Page]) -> None:
    with st.sidebar:
        mark = ' <span class="chip info">demo</span>' if Settings.from_env().is_demo else ""
        mount.html(f'<div class="brand"><i></i>RowCol{mark}</div>')
        links(principal.role, pages, st.session_state.get("client_id"))
        mount.html(f'<div class="who">{text(principal.name)}<small>{text(plain(principal.role, ROLES))}</small></div>')
        st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=session.sign_out)


def _signed_in(principal: object) -> None:
    pages = pages_for(principal.role)

    def home() -> None:
        """The bare address: straight on to the page this role comes for."""
        st.switch_page(pages[landing_for(principal.role)])

    start = st.Page(home, title="RowCol", default=True, visibility="hidden")
    chosen = st.navigation([start, *pages.values()], position="hidden")
    st.session_state["pages"] = pages
    if chosen is not start:
        frame.open_visit(principal, plane(), Settings.from_env())
        _sidebar(principal, pages)
        # A place of its own: an element that is there once would shift all others, and close what is open on the page.
        with st.container():
            if ticket := session.waiting_ticket():
                mount.keep_session(ticket)
    chosen.run()


FAVICON = Path(__file__).parent / "static" / "favicon.svg"
st.set_page_config(page_title="RowCol", page_icon=FAVICON, layout="wide", initial_sidebar_state=232)
mount.stylesheet()
person = session.principal()
if person is None:
    _signed_out()
else:
    _signed_in(person)
