"""The client's calendar of payouts: planned releases, templates that propose, and lists decided lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import streamlit as st

from app.components import mount
from app.components.decisions import outcome_rows, template_rows
from app.components.payouts import action_word
from app.components.tables import html_table
from app.components.words import count, moment, money
from app.queries.snapshot import Row
from app.views import acting, decision_actions, frame

BATCHES_SHOWN = 5
STEPS = {"propose": "Proposed", "approve": "Approved", "hold": "Held", "reject": "Rejected", "release": "Released",
         "cancel": "Cancelled"}  # fmt: skip


def schedules_panel(visit: frame.Visit, client: Row, payouts: Sequence[Any], lines: list[dict[str, Any]]) -> None:
    """Planned releases and templates."""
    with st.container(border=True):
        st.header("Schedules")
        planned = [p for p in payouts if p.release_at is not None and p.released_at is None]
        if planned:
            body = [
                (moment(p.release_at), p.vendor_name, money(p.amount_minor, p.currency_code, cents=True))
                for p in sorted(planned, key=lambda one: one.release_at)
            ]
            mount.html(html_table(("Released by the clock", "For", "Amount"), body, numeric=(2,)))
        templates = list(visit.plane.payouts.recurring(visit.principal, client["client_id"]))
        mount.html(template_rows(templates))
        if visit.principal.role not in decision_actions.PREPARES:
            return
        if not frame.has("templates"):
            frame.without("templates")
        with st.container(horizontal=True):
            if frame.has("templates"):
                _new(visit, client, lines)
            _turn(visit, client["client_id"], [one for one in templates if one.state != "ended"])


def _new(visit: frame.Visit, client: Row, lines: list[dict[str, Any]]) -> None:
    vendors = {x["bill"]["vendor_id_qbo"]: x["bill"]["vendor_name"] for x in lines if x["bill"]["vendor_id_qbo"]}
    if not vendors:
        return
    with st.popover("New template…", icon=":material/event_repeat:"):
        st.text_input("Name", key="template_name", max_chars=200, placeholder="Rent of the warehouse")
        st.selectbox("Vendor", sorted(vendors, key=lambda v: vendors[v]), format_func=vendors.__getitem__,
                     key="template_vendor")  # fmt: skip
        st.segmented_control("Every", ("month", "week"), default="month", required=True, key="template_every")
        st.number_input("Day (1 is Monday in a week)", 1, 31, 1, key="template_day")
        st.selectbox("When banks are closed", ("before", "after"), key="template_roll",
                     format_func=lambda v: f"The banking day {v}")  # fmt: skip
        st.number_input(f"At most ({client['currency_code']})", 0.01, 10_000_000.0, 1000.0, key="template_cap")
        st.date_input("Last day", value=None, min_value=visit.now.date() + timedelta(days=1), key="template_last_day")
        st.button("Make the template", key="do_template", type="primary", on_click=_make,
                  args=(visit, client["client_id"], acting.form_key(visit)))  # fmt: skip


def _make(visit: frame.Visit, client_id: str, key: str) -> None:
    state, add = st.session_state, visit.plane.payouts.add_recurring
    given = {
        "name": str(state["template_name"] or ""), "vendor_id_qbo": state["template_vendor"],
        "every": state["template_every"], "day": int(state["template_day"]), "roll": state["template_roll"],
        "cap_minor": round(state["template_cap"] * 100), "end_date": state["template_last_day"],
    }  # fmt: skip
    acting.once(
        lambda: add(visit.principal, client_id, **given, once=key),
        "The template proposes in time for its day; another person approves each payout.",
    )


def _turn(visit: frame.Visit, client_id: str, templates: Sequence[Any]) -> None:
    if not templates:
        return
    with st.popover("Pause, resume or end…", icon=":material/pause_circle:"):
        names = {one.recurring_id: one.name for one in templates}
        st.selectbox("Template", list(names), format_func=lambda i: names.get(i, i), key="template_chosen")
        st.text_input("Reason", key="template_reason", max_chars=acting.NOTE_MAX, placeholder="Kept in the audit log")
        with st.container(horizontal=True):
            for verb in ("pause", "resume", "end"):
                st.button(verb.capitalize(), key=f"template_{verb}", on_click=_do_turn, args=(visit, client_id, verb))


def _do_turn(visit: frame.Visit, client_id: str, verb: str) -> None:
    chosen, reason = st.session_state["template_chosen"], str(st.session_state.get("template_reason") or "")
    payouts, who = visit.plane.payouts, visit.principal
    if verb == "resume":
        acting.once(lambda: payouts.resume_recurring(who, client_id, chosen), "Resumed; you own it from now on.")
        return
    act = {"pause": payouts.pause_recurring, "end": payouts.end_recurring}[verb]
    acting.once(lambda: act(who, client_id, chosen, reason), "The template is paused." if verb == "pause" else "Ended.")


def batches_panel(visit: frame.Visit, client: Row, names: Mapping[str, str]) -> None:
    """Lists that were decided lately, what became of each line, and the way to roll one back."""
    batches = list(visit.plane.payouts.batches(visit.principal, client["client_id"], BATCHES_SHOWN))
    if not batches:
        return
    with st.container(border=True):
        st.header("Lists decided lately")
        for one in batches:
            through = sum(line.outcome not in acting.UNDONE for line in one.lines)
            done = "" if one.finished_at else ", not finished"
            title = f"{STEPS.get(one.verb, action_word(one.verb))} {through} of {count(one.line_count, 'line')}{done}"
            with st.expander(f"{title}, {moment(one.created_at)}"):
                mount.html(outcome_rows(one.lines, names))
                _roll_back(visit, client["client_id"], one, through)


def _roll_back(visit: frame.Visit, client_id: str, one: Any, through: int) -> None:
    may = visit.principal.role in decision_actions.APPROVES
    if not may or not through or one.verb in ("cancel", "reject"):
        return
    field = f"back_{one.batch_id[:8]}"
    st.text_input("Reason", key=field, max_chars=acting.NOTE_MAX, placeholder="Why it is rolled back")
    st.button("Cancel what was not sent", key=f"do_{field}", on_click=_do_roll_back,
              args=(visit, client_id, one.batch_id, field, acting.form_key(visit)))  # fmt: skip


def _do_roll_back(visit: frame.Visit, client_id: str, batch_id: str, field: str, key: str) -> None:
    reason = str(st.session_state.get(field) or "")
    if acting.reason_missing(reason):
        return
    roll_back = visit.plane.payouts.roll_back
    acting.batch(
        lambda on_line: roll_back(
            visit.principal, client_id, batch_id, idempotency_key=key, reason=reason.strip(), on_line=on_line
        ),
        "rolled back",
    )
