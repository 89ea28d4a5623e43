"""People: who works for the firm, in which role, for which clients, from when until when; and the firm's tier."""

from __future__ import annotations

from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.tables import html_table
from app.components.words import ROLES, count, day, moment, plain
from app.queries.portfolio import clients
from app.views import frame, person_panel, tier_panel


def page() -> None:
    """Everybody, who waits to become admin, one person in full, somebody new, and the firm's tier."""
    visit = frame.visit()
    members = list(visit.plane.people.list_people(visit.principal))
    names = client_names(visit)
    people = count(len({one.person_id for one in members}), "person", "people")
    frame.header("People", f"{people} at your firm. As of {moment(visit.now)}")
    frame.notice()
    _requests(visit)
    with st.container(border=True):
        st.header("Who works here")
        mount.html(
            html_table(
                ("Name", "Role", "Clients", "From", "Until", "E-mail"), [_row(m, names) for m in members], whole=(3, 4)
            )
        )
        with st.container(horizontal=True):
            _invite(visit, names)
    with st.container(border=True):
        st.header("One person")
        person_panel.person_panel(visit, members, names)
    tier_panel.tier_panel(visit)


def client_names(visit: frame.Visit) -> dict[str, str]:
    """Client names by id: of the published figures, else of the control store."""
    found = clients(visit.scope) if visit.scope else []
    if found:
        return {row["client_id"]: row["client_name"] for row in found}
    return {one.client_id: one.client_name for one in visit.plane.clients.list(visit.principal)}


def _row(one: Any, names: dict[str, str]) -> tuple[str, ...]:
    if one.client_ids is None:
        reach = "All"
    else:
        reach = ", ".join(names.get(i, i) for i in one.client_ids[:4])
        reach += f" and {len(one.client_ids) - 4} more" if len(one.client_ids) > 4 else ""
    begins = day(one.from_at.date()) if one.is_live else f"{day(one.from_at.date())}, to come"
    return one.name, plain(one.role, ROLES), reach, begins, day(one.to_at.date()) if one.to_at else "no end", one.email


def _requests(visit: frame.Visit) -> None:
    for one in visit.plane.people.list_requests(visit.principal):
        asked = f"{one.email}, asked for {moment(one.asked_at)}. A firm admin who did not ask confirms."
        mount.html(banner("warn", f"{one.name} waits to become firm admin", asked))
        with st.container(horizontal=True):
            if visit.principal.person_id not in (one.asked_by, one.person_id):
                st.button("Confirm", key=f"confirm_{one.request_id}", type="primary", on_click=_answer,
                          args=(visit, one.request_id, "confirm_admin"))  # fmt: skip
            st.button("Withdraw", key=f"withdraw_{one.request_id}", on_click=_answer,
                      args=(visit, one.request_id, "withdraw_admin"))  # fmt: skip


def _answer(visit: frame.Visit, request_id: str, act: str) -> None:
    done = {"confirm_admin": "They are firm admin now.", "withdraw_admin": "The request is withdrawn."}
    with frame.said_plainly(done[act]):
        getattr(visit.plane.people, act)(visit.principal, request_id)


def _invite(visit: frame.Visit, names: dict[str, str]) -> None:
    with st.popover("Invite somebody…", icon=":material/person_add:"):
        st.text_input("Name", key="new_name", max_chars=200)
        st.text_input("E-mail", key="new_email", max_chars=320, placeholder="The address they sign in by")
        person_panel.role_and_reach("new", names)
        st.button("Invite", key="do_invite", type="primary", on_click=_add, args=(visit,))


def _add(visit: frame.Visit) -> None:
    state = st.session_state
    with frame.said_plainly():
        made = visit.plane.people.add_person(
            visit.principal, state["new_name"] or "", state["new_email"] or "", **person_panel.given("new")
        )
        person_panel.say(made, "They sign in by that address from their first day on.")
