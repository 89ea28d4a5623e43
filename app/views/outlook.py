"""Outlook: will cash stay above the buffer for the next 13 weeks, and what stands behind each week."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.components import mount
from app.components.cards import banner, kpi, kpi_row
from app.components.chips import RUNWAY_TONE, chip_row, confidence_chip
from app.components.tables import html_table
from app.components.words import chance, day, money, money_short, plain, runway_range, text, weeks
from app.queries.cash import accounts, cash_weeks, lowest_week
from app.queries.snapshot import Row, Scope
from app.views import frame
from app.views.digest import flowband, outlook_block
from app.views.outlook_accuracy import accuracy_panel
from app.views.outlook_revision import revision_panel
from app.views.outlook_scenarios import moves_of, scenario_panel
from app.views.outlook_weeks import behind_a_cell, export, week_table

BLOCKS = (("Weeks 2 to 4: operate", 2, 4), ("Weeks 5 to 13: plan", 5, 13))


def _against_buffer(client: Row) -> str:
    gap, code = client["gap_to_buffer_minor"], client["currency_code"]
    if gap is None:
        return client["status_reason"] or "no balance known"
    return f"{money_short(abs(gap), code)} {'above' if gap >= 0 else 'below'} the buffer"


def _range(client: Row) -> str:
    return runway_range(client.get("runway_days_low"), client.get("runway_days_high"))


def _first_below(below: Sequence[Row], ahead: Sequence[Row]) -> str:
    """When the forecast itself first lies below the buffer, and how likely the weakest week does."""
    chances = [w["breach_probability"] for w in ahead if w["breach_probability"] is not None]
    weakest = f"; weakest week {chance(max(chances))} likely" if chances else ""
    return (f"first {day(below[0]['week_start_date'])}" if below else "none of 13") + weakest


def page() -> None:
    """Thirteen weeks of cash with its range, what if, what changed since, and the lines behind each cell."""
    scope, client = frame.client_page("Outlook")
    visit, client_id, code = frame.visit(), client["client_id"], client["currency_code"]
    frame.notice()
    rows = list(cash_weeks(scope, client_id))
    ahead = [w for w in rows if w["is_forecast"]]
    lowest = lowest_week(scope, client_id)
    below = [w for w in ahead if w["is_below_buffer"]]
    mount.html(
        kpi_row(
            [
                kpi(
                    "Runway",
                    weeks(client["runway_days"], client["runway_status"]),
                    "; ".join(filter(None, (_range(client), _against_buffer(client)))),
                    RUNWAY_TONE.get(client["runway_status"], "idle"),
                ),
                kpi(
                    "Cash available",
                    money_short(client["cash_available_minor"], code),
                    f"{money_short(client['reserved_minor'], code)} reserved",
                ),
                kpi(
                    "Lowest week",
                    money_short(lowest["closing_balance_minor"], code) if lowest else "none",
                    f"week of {day(lowest['week_start_date'])}" if lowest else "no projection",
                ),
                kpi("Buffer", money_short(client["buffer_minor"], code), "the floor the policy protects"),
                kpi(
                    "Weeks below buffer",
                    str(len(below)),
                    _first_below(below, ahead),
                    "bad" if below else "ok",
                ),
            ]
        )
    )
    if below:
        first = below[0]
        short = (first["buffer_minor"] or 0) - first["closing_balance_minor"]
        mount.html(
            banner(
                "bad",
                f"Cash falls below the buffer in the week of {day(first['week_start_date'])}",
                f"Short by {money(short, code)} at that week's end. Bring a receivable in sooner or hold a bill.",
            )
        )
    found = visit.plane.outlook.what_if(visit.principal, client_id, moves_of(client_id)) if ahead else None
    scenario = found.scenario if found and found.scenario is not found.base else None
    with st.container(border=True):
        st.header("Cash flow, next 13 weeks")
        mount.html(
            chip_row(confidence_chip(client["confidence"], client["confidence_reason"]))
            + f"<small>{text(client['confidence_reason'])}</small>"
        )
        ghost = [(week.start_date, week.closing_minor) for week in scenario.weeks] if scenario else []
        flowband(rows, lowest, code, "outlook_flow", ghost)
        frame.how_computed(["week_closing", "runway"], "outlook")
    if found is None:
        return
    for column, (title, first, last) in zip(st.columns(2), BLOCKS, strict=True):
        with column, st.container(border=True, height="stretch"):
            st.header(title)
            mount.html(outlook_block(scope, client, first, last))
    if frame.has("scenarios"):
        scenario_panel(visit, client_id, found)
    else:
        frame.without("scenarios")
    if frame.has("revisions"):
        revision_panel(visit, client_id, code)
    else:
        frame.without("revisions")
    with st.container(border=True):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.header("Week by week")
            export(scenario or found.base, client_id)
        mount.html(week_table(found.base, scenario, code))
    with st.container(border=True):
        st.header("What stands behind a week")
        behind_a_cell(scenario or found.base)
    accuracy_panel(scope, client_id)
    _accounts(scope, client_id)


def _accounts(scope: Scope, client_id: str) -> None:
    with st.container(border=True):
        st.header("Bank accounts")
        found = accounts(scope, client_id)
        body = [
            (
                f"{a['account_name']} ending {a['mask'] or 'unknown'}",
                plain(a["account_subtype"] or a["account_type"]),
                money(a["available_minor"], a["currency_code"]),
                money(a["current_minor"], a["currency_code"]),
                money(a["pending_minor"], a["currency_code"]),
                "Yes" if a["is_cash"] else "No",
            )
            for a in found
        ]
        mount.html(
            html_table(
                ("Account", "Kind", "Available", "Current", "Pending", "Counts as cash"), body, numeric=(2, 3, 4)
            )
            if body
            else '<p class="empty">No bank account is connected.</p>'
        )
