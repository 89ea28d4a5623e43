"""Drafting rules: one change for one client or many, with what it would do to each before anybody agrees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.tables import html_table
from app.components.words import capital, count, money
from app.views import frame

REASON_MAX = 500


def new_draft(visit: frame.Visit, names: dict[str, str]) -> None:
    """The form, its effect on each client, and putting it up for a second person."""
    rules = {one.name: one for one in visit.plane.policies.fields()}
    with st.expander("Draft a change", icon=":material/edit_note:"):
        st.multiselect("Clients (none chosen: all)", sorted(names, key=lambda i: names[i].lower()),
                       format_func=lambda i: names.get(i, i), key="draft_clients")  # fmt: skip
        name = st.selectbox("Rule", list(rules), format_func=lambda n: named(rules[n]), key="draft_rule")
        rule = rules[name]
        _value(rule)
        wanted = {name: _given(rule)}
        with frame.said_plainly():
            found = visit.plane.policies.effect(visit.principal, wanted, _chosen())
            _effect(found, rule)
        frame.notice()
        st.date_input("From (empty: as soon as somebody agrees)", value=None, key="draft_from")
        st.text_input("Why", key="draft_reason", max_chars=REASON_MAX, placeholder="Kept with the rules")
        st.button("Put it up for a second person", key="do_draft", type="primary", on_click=_put_up,
                  args=(visit, wanted))  # fmt: skip


def told(rule: Any, value: Any) -> str:
    """A rule's value in its unit."""
    if rule.unit == "yes or no":
        return "Yes" if value else "No"
    if rule.unit == "minor":
        return money(value)
    return f"{value} of 100" if rule.unit == "score" else f"{value:,} {rule.unit}"


def named(rule: Any) -> str:
    """A rule by what it decides."""
    return capital(rule.meaning)


def way_back(visit: frame.Visit, client_id: str, versions: Sequence[int]) -> None:
    """An earlier version put up again, as a draft of a new one."""
    with st.popover("Back to an earlier version…", icon=":material/history:"):
        st.selectbox("Version", list(versions), key="back_version")
        st.text_input("Why", key="back_reason", max_chars=REASON_MAX, placeholder="Kept with the rules")
        st.button("Put it up for a second person", key="do_back", type="primary", on_click=_back,
                  args=(visit, client_id))  # fmt: skip


def _value(rule: Any) -> None:
    key = f"draft_value_{rule.name}"
    if rule.unit == "yes or no":
        st.toggle("Yes", value=bool(rule.default), key=key)
    elif rule.unit == "minor":
        st.number_input("Amount", rule.low / 100, rule.high / 100, rule.default / 100, step=100.0, key=key)
    else:
        st.number_input(rule.unit.capitalize(), rule.low, rule.high, rule.default, key=key)


def _given(rule: Any) -> int | bool:
    value = st.session_state[f"draft_value_{rule.name}"]
    if rule.unit == "yes or no":
        return bool(value)
    return round(value * 100) if rule.unit == "minor" else int(value)


def _chosen() -> list[str] | None:
    return st.session_state.get("draft_clients") or None


def _effect(found: Sequence[Any], rule: Any) -> None:
    touched = [one for one in found if one.changes]
    title = f"{count(len(touched), 'client')} of {len(found)} would change"
    if not touched:
        mount.html(banner("info", title, "It is set so for every one of them already."))
        return
    body = [
        (one.client_name, f"{one.version}", told(rule, now), told(rule, then))
        for one in touched
        for _, now, then in one.changes
    ]
    mount.html(banner("info", title, "Each client's draft waits for a second person of its own."))
    mount.html(html_table(("Client", "Version", "Now", "Then"), body, numeric=(1,)))


def _put_up(visit: frame.Visit, wanted: dict[str, Any]) -> None:
    first = st.session_state.get("draft_from")
    # Midnight in UTC: rules begin at one instant for every client, whatever their zone.
    begins = datetime.combine(first, time.min, UTC) if first else None
    with frame.said_plainly("Put up; nothing changes until a second person agrees."):
        visit.plane.policies.draft_for(
            visit.principal, wanted, _chosen(), reason=st.session_state.get("draft_reason") or "", effective_at=begins
        )


def _back(visit: frame.Visit, client_id: str) -> None:
    with frame.said_plainly("Put up; nothing changes until a second person agrees."):
        visit.plane.policies.roll_back(
            visit.principal, client_id, int(st.session_state["back_version"]),
            reason=st.session_state.get("back_reason") or "",
        )  # fmt: skip
