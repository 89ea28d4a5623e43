"""One person: another role or other clients from a day on, a last day, out at once; their sessions and tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.words import ROLES, plain
from app.views import frame, sign_ins_panel

GIVEN = ("bookkeeper", "controller", "advisor", "firm_admin", "analyst", "auditor", "client_owner")


def person_panel(visit: frame.Visit, members: Sequence[Any], names: dict[str, str]) -> None:
    """The chosen person. Nobody changes their own rights, so one's own row offers none of it."""
    people = {one.person_id: one for one in reversed(members)}
    ordered = sorted(people, key=lambda i: people[i].name.lower())
    chosen = st.selectbox("Person", ordered, format_func=lambda i: people[i].name, key="person_chosen", width=300)
    if chosen is None:
        return
    one = people[chosen]
    if chosen == visit.principal.person_id:
        mount.html('<p class="muted">This is you: another firm admin changes your role; leaving is up to you.</p>')
    with st.container(horizontal=True):
        if chosen != visit.principal.person_id:
            _changing(visit, one, names)
        _leaving(visit, one)
    left, right = st.columns(2)
    with left:
        st.subheader("Signed in")
        found = [s for s in visit.plane.people.list_sessions(visit.principal) if s.person_id == chosen]
        sign_ins_panel.sessions_rows(found, visit.principal.session_id, lambda i: _end_session(visit, i), "session")
        if found:
            st.button("Sign out everywhere", key="do_sign_out_person", icon=":material/logout:", on_click=_sign_out,
                      args=(visit, chosen))  # fmt: skip
    with right:
        st.subheader("API tokens")
        tokens = [t for t in visit.plane.people.list_api_tokens(visit.principal) if t.person_id == chosen]
        sign_ins_panel.tokens_rows(tokens, lambda i: _end_token(visit, i), "token")


def role_and_reach(key: str, names: dict[str, str], one: Any = None) -> None:
    """The fields for a role, its clients and its days."""
    role = st.selectbox("Role", GIVEN, format_func=lambda r: plain(r, ROLES), key=f"{key}_role",
                        index=GIVEN.index(one.role) if one and one.role in GIVEN else 0)  # fmt: skip
    if role == "firm_admin":
        mount.html("<small>A firm admin serves every client, and a second firm admin has to confirm.</small>")
    else:
        # A client who is no longer served cannot be given anew.
        reach = [i for i in (one.client_ids or ()) if i in names] if one else []
        st.multiselect("Clients (none chosen: all)", sorted(names, key=lambda i: names[i].lower()), default=reach,
                       format_func=lambda i: names.get(i, i), key=f"{key}_clients")  # fmt: skip
    st.date_input("First day (empty: at once)", value=None, key=f"{key}_from")
    st.date_input("Last day, counts whole (empty: as it was)", value=None, key=f"{key}_to")


def given(key: str) -> dict[str, Any]:
    """What the fields hold, as the service takes it."""
    state = st.session_state
    reach = state.get(f"{key}_clients") or None
    role = state[f"{key}_role"]
    return {
        "role": role, "client_ids": None if role == "firm_admin" else reach, "from_date": state.get(f"{key}_from"),
        "to_date": state.get(f"{key}_to"),
    }  # fmt: skip


def say(changed: Any, done: str) -> None:
    """What came of a change, for the page's next draw."""
    waits = "A second firm admin has to confirm; until then nothing changes."
    st.session_state["notice"] = ("info", "Done", waits if changed.request_id else done, [])


def _changing(visit: frame.Visit, one: Any, names: dict[str, str]) -> None:
    with st.popover("Change role or clients…", icon=":material/manage_accounts:"):
        role_and_reach(f"of_{one.person_id}", names, one)
        st.button("Change", key="do_change", type="primary", on_click=_change, args=(visit, one))


def _change(visit: frame.Visit, one: Any) -> None:
    wanted = given(f"of_{one.person_id}")
    people = visit.plane.people
    with frame.said_plainly():
        if wanted["role"] == one.role:
            wanted.pop("role")
            made = people.assign_clients(visit.principal, one.person_id, **wanted)
        else:
            made = people.change_role(visit.principal, one.person_id, **wanted)
        say(made, f"{one.name}'s role and clients are changed; what was planned for later is replaced.")


def _leaving(visit: frame.Visit, one: Any) -> None:
    with st.popover("Last day or out…", icon=":material/person_remove:"):
        st.date_input("Last day, counts whole", value=None, key=f"leave_{one.person_id}")
        st.button("Set the last day", key="do_leave", on_click=_leave, args=(visit, one))
        mount.html("<small>Or at once: every session and API token of theirs here ends.</small>")
        st.button("Deactivate now", key="do_remove", on_click=_remove, args=(visit, one))


def _leave(visit: frame.Visit, one: Any) -> None:
    last = st.session_state.get(f"leave_{one.person_id}")
    if last is None:
        st.session_state["notice"] = ("bad", "A day is needed", "Choose the last day of work.", [])
        return
    with frame.said_plainly(f"{one.name}'s last day is set."):
        visit.plane.people.end_membership(visit.principal, one.person_id, last)


def _remove(visit: frame.Visit, one: Any) -> None:
    with frame.said_plainly(f"{one.name} is out: sessions and tokens are over."):
        visit.plane.people.remove_person(visit.principal, one.person_id)


def _sign_out(visit: frame.Visit, person_id: str) -> None:
    with frame.said_plainly("Every session of theirs is over; their API tokens stay."):
        visit.plane.people.end_sessions(visit.principal, person_id)


def _end_session(visit: frame.Visit, session_id: str) -> None:
    with frame.said_plainly("The session is over."):
        visit.plane.people.end_session(visit.principal, session_id)


def _end_token(visit: frame.Visit, token_id: str) -> None:
    with frame.said_plainly("The token opens nothing from now on."):
        visit.plane.people.end_api_token(visit.principal, token_id)
