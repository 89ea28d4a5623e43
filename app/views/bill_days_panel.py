"""Days for open bills: what a schedule would change and why, and the way to propose it. It is weighed on demand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.schedule import day_rows, left_out_rows, measure_figures, verdict_of_schedule
from app.components.words import count
from app.queries.snapshot import Row
from app.views import acting, decision_actions, frame

SCHEDULES = decision_actions.PREPARES
PRIORITIES = {1: "Keeps its day first", 2: "Usual", 3: "Moves first"}


def bill_days_panel(visit: frame.Visit, client: Row, names: Mapping[str, str], vendors: Mapping[str, str]) -> None:
    """The panel. `names`: bills as the page calls them; `vendors`: names by QuickBooks id."""
    with st.container(border=True, key="bill_days"):
        st.header("Days for open bills")
        if not frame.has("bill_schedule"):
            frame.without("bill_schedule")
            return
        is_asked = st.toggle(
            "Find the days that serve cash best",
            key="bill_days_asked",
            help="Weighs every open bill against the projection: the buffer first, then steadier weeks, then cost. "
            "Never after a due date unless somebody allowed it.",
        )
        if is_asked:
            _weighed(visit, client, names)
        if visit.principal.role in SCHEDULES and vendors:
            _terms(visit, client["client_id"], vendors)


def _weighed(visit: frame.Visit, client: Row, names: Mapping[str, str]) -> None:
    from execution import errors

    try:
        found = visit.plane.payouts.schedule_proposals(visit.principal, client["client_id"])
    except (errors.StaleData, errors.Forbidden) as problem:
        mount.html(banner("warn", f"Cannot weigh: {problem.title}", str(problem)))
        return
    code = client["currency_code"]
    moved = [one for one in found.dates if one.is_moved]
    mount.html(verdict_of_schedule(found, len(moved)) + measure_figures(found, code))
    if moved:
        mount.html(day_rows(moved, names, code))
        if visit.principal.role in SCHEDULES:
            _proposing(visit, client["client_id"], moved, names)
    if found.left_out:
        with st.expander(f"{count(len(found.left_out), 'bill')} left as they are"):
            mount.html(left_out_rows(found.left_out, names))


def _proposing(visit: frame.Visit, client_id: str, moved: list[Any], names: Mapping[str, str]) -> None:
    days = {one.bill_id: one.new_date.isoformat() for one in moved}
    # A bill that was proposed since falls away.
    st.session_state["days_chosen"] = [i for i in st.session_state.get("days_chosen", list(days)) if i in days]
    st.multiselect("Bills to propose", list(days), key="days_chosen", format_func=lambda i: names.get(i, i))
    st.button(
        "Propose these dates",
        key="do_propose_days",
        icon=":material/event_available:",
        type="primary",
        disabled=not st.session_state["days_chosen"],
        on_click=_propose,
        args=(visit, client_id, days, acting.form_key(visit)),
    )


def _propose(visit: frame.Visit, client_id: str, days: dict[str, str], key: str) -> None:
    chosen = {bill_id: days[bill_id] for bill_id in st.session_state["days_chosen"]}
    propose = visit.plane.payouts.propose_schedule
    acting.batch(
        lambda on_line: propose(
            visit.principal, client_id, chosen, idempotency_key=key, reason="days that serve cash best", on_line=on_line
        ),
        "proposed for their days; another person approves",
    )


def _terms(visit: frame.Visit, client_id: str, vendors: Mapping[str, str]) -> None:
    with st.popover("Terms of a vendor…", icon=":material/handshake:"):
        said = {one.vendor_id_qbo: one for one in visit.plane.payouts.pay_terms(visit.principal, client_id)
                if not one.source_bill_id}  # fmt: skip
        vendor = st.selectbox("Vendor", sorted(vendors, key=lambda v: vendors[v]), format_func=vendors.__getitem__,
                              key="terms_vendor")  # fmt: skip
        now = said.get(vendor)
        if now is not None:
            st.caption(f"Set by {now.set_by_name}{f': {now.reason}' if now.reason else ''}")
        st.number_input("Days after the due date that are allowed", 0, 90, now.days_late if now else 0,
                        key=f"terms_late_{vendor}")  # fmt: skip
        st.number_input("Discount, per cent", 0.0, 100.0, (now.discount_bp / 100) if now else 0.0, step=0.5,
                        key=f"terms_discount_{vendor}")  # fmt: skip
        st.number_input("Discount holds for days from the bill's date", 0, 365, now.discount_days if now else 0,
                        key=f"terms_days_{vendor}")  # fmt: skip
        st.number_input("Late fee, per cent for each 30 days", 0.0, 100.0, (now.late_fee_bp / 100) if now else 0.0,
                        step=0.5, key=f"terms_fee_{vendor}")  # fmt: skip
        st.selectbox("Whose day is kept", list(PRIORITIES), format_func=PRIORITIES.__getitem__,
                     index=(now.priority if now else 2) - 1, key=f"terms_priority_{vendor}")  # fmt: skip
        st.text_input("Reason", key=f"terms_reason_{vendor}", max_chars=acting.NOTE_MAX,
                      placeholder="Needed where a payment may be late; kept")  # fmt: skip
        st.button("Set the terms", key="do_set_terms", type="primary", on_click=_set_terms,
                  args=(visit, client_id, vendor))  # fmt: skip


def _set_terms(visit: frame.Visit, client_id: str, vendor: str) -> None:
    def given(name: str) -> Any:
        return st.session_state[f"terms_{name}_{vendor}"]

    acting.once(
        lambda: visit.plane.payouts.set_pay_terms(
            visit.principal, client_id, vendor, days_late=int(given("late")),
            discount_bp=round(given("discount") * 100), discount_days=int(given("days")),
            late_fee_bp=round(given("fee") * 100), priority=given("priority"), reason=str(given("reason") or ""),
        ),
        "The terms count from now on, in every schedule.",
    )  # fmt: skip
