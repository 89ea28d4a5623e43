"""Policies: the rules in force for each client, whose they are, what waits for a second person, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.tables import html_table
from app.components.words import GUARDS, count, moment, plain
from app.views import frame, policy_draft_panel
from app.views.people import client_names
from app.views.policy_draft_panel import named, told

DRAFTS = frozenset({"firm_admin"})
AGREES = frozenset({"advisor", "firm_admin"})


def page() -> None:
    """Drafts that wait, then one client's rules with owner, version and day, its history, and a new draft."""
    visit = frame.visit()
    names = client_names(visit)
    waiting = list(visit.plane.policies.waiting(visit.principal))
    said = f"{count(len(waiting), 'draft')} waiting" if waiting else "No draft waits"
    frame.header("Policies", f"Thresholds of {count(len(names), 'client')}. {said}. As of {moment(visit.now)}")
    frame.notice()
    for draft in waiting:
        _draft(visit, draft, names)
    if visit.principal.role in DRAFTS:
        policy_draft_panel.new_draft(visit, names)
    if not names:
        mount.html('<p class="empty">No clients are assigned to you.</p>')
        return
    client_id = st.selectbox("Client", sorted(names, key=lambda i: names[i].lower()), format_func=names.__getitem__,
                             key="policy_client", width=300)  # fmt: skip
    _in_force(visit, client_id)
    _history(visit, client_id)


def changed_rows(visit: frame.Visit, changes: Sequence[tuple[str, Any, Any]]) -> list[tuple[str, str, str]]:
    """(rule, now, then) in words; a rule is named by what it decides."""
    rules = {one.name: one for one in visit.plane.policies.fields()}
    return [(named(rules[name]), told(rules[name], now), told(rules[name], then)) for name, now, then in changes]


def _draft(visit: frame.Visit, draft: Any, names: dict[str, str]) -> None:
    begins = f"from {moment(draft.effective_at)}" if draft.effective_at else "from the second person's yes on"
    title = f"{draft.written_by_name} would change the rules of {names.get(draft.client_id, draft.client_id)}"
    mount.html(banner("warn", title, f"{draft.reason} Over version {draft.base_version}, {begins}."))
    mount.html(html_table(("Rule", "Now", "Then"), changed_rows(visit, draft.changes)))
    with st.container(horizontal=True):
        if visit.principal.role in AGREES and visit.principal.person_id != draft.written_by:
            st.button("Agree", key=f"agree_{draft.draft_id}", type="primary", on_click=_answer,
                      args=(visit, draft, "approve_draft"))  # fmt: skip
        if visit.principal.role in DRAFTS:
            st.button("Withdraw", key=f"withdraw_{draft.draft_id}", on_click=_answer,
                      args=(visit, draft, "withdraw_draft"))  # fmt: skip


def _answer(visit: frame.Visit, draft: Any, act: str) -> None:
    done = {"approve_draft": "It is the next version.", "withdraw_draft": "The draft is withdrawn."}
    with frame.said_plainly(done[act]):
        getattr(visit.plane.policies, act)(visit.principal, draft.client_id, draft.draft_id)


def _in_force(visit: frame.Visit, client_id: str) -> None:
    now = visit.plane.policies.in_force(visit.principal, client_id)
    owner = _owner(now)
    with st.container(border=True):
        since = f", since {moment(now.effective_at)}" if now.version else ""
        st.header(f"In force: version {now.version}")
        mount.html(f'<p class="muted">{frame.text(owner)}{since}. Hash {now.sha256[:12]}.</p>')
        body = [
            (named(one), told(one, now.body[one.name]), plain(one.guard, GUARDS) if one.guard else "",
             told(one, one.default))
            for one in visit.plane.policies.fields()
        ]  # fmt: skip
        mount.html(html_table(("Rule", "Set to", "Read by", "Default"), body))


def _owner(one: Any) -> str:
    if not one.version:
        return "The defaults: nobody has set rules for this client"
    return f"Written by {one.written_by}, agreed to by {one.approved_by}" if one.approved_by else "The client's set-up"


def _history(visit: frame.Visit, client_id: str) -> None:
    versions = list(visit.plane.policies.versions(visit.principal, client_id))
    with st.container(border=True):
        st.header("Versions")
        if not versions:
            mount.html('<p class="empty">No version yet.</p>')
            return
        older = [*versions[1:], None]
        for one, before in zip(versions, older, strict=True):
            changes = visit.plane.policies.changes(before, one)
            to_come = " (to come)" if one.effective_at > visit.now else ""
            with st.expander(f"Version {one.version}, from {moment(one.effective_at)}{to_come}"):
                mount.html(f'<p class="muted">{frame.text(_owner(one))}.</p>')
                if changes:
                    mount.html(html_table(("Rule", "Before", "Then"), changed_rows(visit, changes)))
        if visit.principal.role in DRAFTS and len(versions) > 1:
            policy_draft_panel.way_back(visit, client_id, [one.version for one in versions[1:]])
