"""Outlook: will cash stay above the buffer for the next 13 weeks, and what stands behind each week."""

from __future__ import annotations

import streamlit as st

from app.components import mount
from app.components.cards import banner, kpi, kpi_row
from app.components.chips import RUNWAY_TONE, chip_row, confidence_chip
from app.components.tables import html_table
from app.components.words import FLOWS, RAIL_NAMES, calm, day, money, money_short, plain, text, weeks
from app.queries.cash import accounts, cash_lines, cash_weeks, lowest_week
from app.queries.snapshot import Row, Scope
from app.views import frame
from app.views.digest import flowband


def _week_table(rows: list[Row]) -> str:
    head = ("Week", "Starts", "Opening", "Money in", "Money out", "Closing", "Likely range", "Against buffer")
    body = []
    for w in rows:
        code = w["currency_code"]
        body.append(
            (
                str(w["week_number"]),
                day(w["week_start_date"]),
                money(w["opening_balance_minor"], code),
                money(w["inflow_minor"], code),
                money(w["outflow_minor"], code),
                money(w["closing_balance_minor"], code),
                " to ".join(money_short(w[f"closing_balance_minor_{end}"], code) for end in ("low", "high")),
                "Below" if w["is_below_buffer"] else "Above",
            )
        )
    return html_table(head, body, numeric=(2, 3, 4, 5, 6), whole=(1,), caption="The 13 coming weeks")


def _source(line: Row) -> str:
    """The rail, with the record's id where the line is one record and not a pattern of many."""
    rail, record = line["source_rail"], str(line["source_id"] or "")
    if not rail:
        return "History"
    one = record.startswith(f"{rail}:") and record != f"{rail}:balance"
    return f"{plain(rail, RAIL_NAMES)} {record.partition(':')[2]}" if one else plain(rail, RAIL_NAMES)


@st.fragment
def _behind_a_week(scope: Scope, client_id: str, ahead: list[Row]) -> None:
    starts = {w["week_number"]: w["week_start_date"] for w in ahead}
    number = st.selectbox(
        "Week", list(starts), format_func=lambda n: f"Week {n}, from {day(starts[n])}", key="outlook_week", width=300
    )
    lines = cash_lines(scope, client_id, number)
    if not lines:
        mount.html('<p class="empty">No line is expected in this week.</p>')
        return
    body = [
        (
            plain(r["flow"], FLOWS),
            calm(r["label"]),
            day(r["expected_date"]) if r["expected_date"] else "Any day",
            money(r["amount_minor"], r["currency_code"]),
            r["basis"] or "",
            _source(r),
        )
        for r in lines
    ]
    mount.html(
        html_table(
            ("Flow", "What", "Expected", "Amount", "Why it is expected", "Source"), body, numeric=(3,), whole=(0, 2)
        )
    )


def _against_buffer(client: Row) -> str:
    gap, code = client["gap_to_buffer_minor"], client["currency_code"]
    if gap is None:
        return client["status_reason"] or "no balance known"
    return f"{money_short(abs(gap), code)} {'above' if gap >= 0 else 'below'} the buffer"


def page() -> None:
    """Thirteen weeks of cash with its range, the lowest week, and the lines behind each week."""
    scope, client = frame.client_page("Outlook")
    client_id, code = client["client_id"], client["currency_code"]
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
                    _against_buffer(client),
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
                    f"first {day(below[0]['week_start_date'])}" if below else "none of 13",
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
    with st.container(border=True):
        st.header("Cash flow, next 13 weeks")
        mount.html(
            chip_row(confidence_chip(client["confidence"], client["confidence_reason"]))
            + f"<small>{text(client['confidence_reason'])}</small>"
        )
        flowband(rows, lowest, code, "outlook_flow")
        frame.how_computed(["week_closing", "runway"], "outlook")
    if not ahead:
        return
    with st.container(border=True):
        st.header("Week by week")
        mount.html(_week_table(ahead))
    with st.container(border=True):
        st.header("What stands behind a week")
        _behind_a_week(scope, client_id, ahead)
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
