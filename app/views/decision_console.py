"""Decisions: what should we pay next, may we, and what became of what we paid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.bars import coverage_bar
from app.components.cards import banner, empty_state, verdict_list
from app.components.payouts import ENDED, PASS_WORDS, state_word
from app.components.tables import figures, html_table
from app.components.words import RAIL_NAMES, amount_format, capital, count, dated, day, moment, money
from app.queries.bills import open_bills
from app.queries.snapshot import Row, Scope
from app.views import acting, decision_actions, frame
from app.views.bill_days_panel import bill_days_panel
from app.views.digest import buffer_weeks
from app.views.payout_exits import freeze_banner
from app.views.payouts_panel import payouts_panel
from app.views.permits_panel import open_permits
from app.views.schedules_panel import batches_panel, schedules_panel
from app.views.waiting_panel import waiting_panel

ROW_PX = 36
ROWS_IN_SIGHT = 10
READY = [word for outcome, (word, _) in PASS_WORDS.items() if outcome != "blocked"]
SHOW = ("All open", "Due in 7 days", "Ready to approve", "Needs attention")
VERDICT_WORDS = [word for word, _ in PASS_WORDS.values()] + ["Not checked", "Decided"]
UNDECIDED = ("proposed", "blocked", "held")  # Here the guards' word still matters to whoever looks.


def _short(reason: str, vendor_name: str, client_name: str) -> str:
    """A guard's reason for a table that names vendor and client beside it: the first sentence without the names."""
    said = dated(reason).removeprefix(f"{vendor_name} is ")
    said = said.replace(f"This would leave {client_name} ", "Would leave cash ")
    said = re.sub(r"bill (qbo|ramp):(\S+) \(.*", lambda m: f"{RAIL_NAMES[m[1]]} bill {m[2]}", said)
    # Full stops inside names (Inc., Corp.) end no sentence.
    said = re.split(r"(?<!Inc)(?<!Corp)(?<!Co)(?<!Ltd)\. (?=[A-Z])", said, maxsplit=1)[0]
    return capital(said)


def _why(verdict: Any, payout: Any, bill: Row) -> str:
    """Why the verdict is what it is; of a payout that nobody can still refuse, what happens next."""
    if payout is not None and payout.state != "proposed":
        return payout.state_reason or payout.next_action or ""
    if not bill["is_payable_here"]:
        return bill["not_payable_reason"] or "Not payable through Ramp"
    said = (
        [v for v in verdict.verdicts if not v.passed or str(getattr(v, "effect", "pass")) != "pass"] if verdict else []
    )
    weight = list(PASS_WORDS)
    said.sort(key=lambda v: weight.index(effect) if (effect := str(getattr(v, "effect", ""))) in weight else 0)
    return said[-1].reason if said else ("Every guard passed" if verdict else "Not checked")


def _verdict_word(outcome: str, payout: Any) -> str:
    if payout is not None and payout.state not in UNDECIDED:
        return "Decided"
    return PASS_WORDS.get(outcome, ("Not checked", "idle"))[0]


def _lines(
    client: Row, bills: Sequence[Row], verdicts: dict[str, Any], payouts: dict[str, Any]
) -> list[dict[str, Any]]:
    lines = []
    for bill in bills:
        verdict, payout = verdicts.get(bill["source_bill_id"]), payouts.get(bill["source_bill_id"])
        outcome = verdict.outcome if verdict else ""
        if not bill["is_payable_here"]:
            outcome = "blocked"
        lines.append(
            {
                "bill": bill,
                "verdict": verdict,
                "payout": payout,
                "outcome": outcome,
                "word": _verdict_word(outcome, payout),
                "why": _short(_why(verdict, payout, bill), bill["vendor_name"], client["client_name"]),
            }
        )
    return lines


def _shown(lines: list[dict[str, Any]], show: str, today: Any) -> list[dict[str, Any]]:
    if show == "Due in 7 days":
        limit = today + timedelta(days=7)
        return [x for x in lines if x["bill"]["due_date"] and x["bill"]["due_date"] <= limit]
    if show == "Ready to approve":
        return [x for x in lines if x["word"] in READY and (x["payout"] is None or x["payout"].state == "proposed")]
    if show == "Needs attention":
        return [x for x in lines if x["word"] not in ("Ready", "Decided")]
    return lines


def _payout_word(payout: Any) -> str:
    if payout is None:
        return "None yet"
    return "Verified" if payout.state == "settled" else state_word(payout.state)


def _above_buffer(bill: Row, client: Row) -> float | None:
    """What paying this one bill would leave above the client's buffer, in whole units; None where no balance tells."""
    after, buffer = bill["cash_after_minor"], client["buffer_minor"]
    return None if after is None or buffer is None else (after - buffer) / 100


def _table(lines: list[dict[str, Any]], client: Row) -> None:
    amount = amount_format(x["bill"]["currency_code"] for x in lines)
    data = pa.table(
        {
            "Verdict": [[x["word"]] for x in lines],
            "Payout": [_payout_word(x["payout"]) for x in lines],
            "Vendor": [x["bill"]["vendor_name"] for x in lines],
            "Invoice": [x["bill"]["invoice_number"] for x in lines],
            "Amount": [x["bill"]["open_minor"] / 100 for x in lines],
            "Due": [day(x["bill"]["due_date"]) for x in lines],
            "Above buffer": [_above_buffer(x["bill"], client) for x in lines],
            "Why": [x["why"] for x in lines],
        }
    )
    cc = st.column_config
    st.dataframe(
        data,
        hide_index=True,
        row_height=ROW_PX,
        height=38 + ROW_PX * min(len(lines), ROWS_IN_SIGHT) + 2,
        key="bills_table",
        on_select=_table_selected,
        selection_mode="multi-row",
        alt=f"{count(len(lines), 'open bill')} with the guards' verdicts",
        column_config={
            "Verdict": cc.MultiselectColumn(
                options=VERDICT_WORDS, color=["green", "orange", "blue", "red", "gray", "gray"], width=128
            ),
            "Payout": cc.TextColumn(width=106),
            "Vendor": cc.TextColumn(width=196),
            "Invoice": cc.TextColumn(width=88),
            "Amount": cc.NumberColumn(format=amount, width=92),
            "Due": cc.TextColumn(width=92),
            "Above buffer": cc.NumberColumn(
                format=amount,
                width=104,
                help="What paying this one bill would leave above the client's buffer; negative: below it.",
            ),
            "Why": cc.TextColumn(width=283),
        },
    )


def _table_selected() -> None:
    rows = st.session_state["bills_table"]["selection"]["rows"]
    shown = st.session_state.get("bills_shown", [])
    st.session_state["bills_chosen"] = [shown[i] for i in rows if i < len(shown)]


def _selected(client: Row, chosen: list[dict[str, Any]]) -> None:
    if chosen:
        total = sum(x["bill"]["open_minor"] for x in chosen)
        mount.html(
            f'<span class="muted small">Selected, {count(len(chosen), "bill")}</span>'
            f'<div class="kpi flat"><b>{money(total, client["currency_code"], cents=True)}</b></div>'
        )


def _impact(client: Row, chosen: list[dict[str, Any]]) -> None:
    code = client["currency_code"]
    if not chosen:
        mount.html('<p class="empty">Choose bills in the table or the list to see what paying them would do.</p>')
        return
    total = sum(x["bill"]["open_minor"] for x in chosen)
    cash = client["cash_available_minor"]
    burn = client["average_daily_net_burn_minor"]
    if cash is None:
        mount.html(
            banner("warn", "Cannot decide", "No bank balance is known, so the effect on the buffer cannot be shown.")
        )
        return
    free = cash - (client["reserved_minor"] or 0)
    after = free - total
    after_weeks = after / burn / 7 if burn and burn > 0 else None
    status = "on_track" if after >= client["buffer_minor"] else "at_risk"
    if after_weeks is not None:
        mount.html(coverage_bar(after_weeks, buffer_weeks(client), status))
    gap = after - client["buffer_minor"]
    mount.html(
        figures(
            [
                ("Cash available", money(cash, code, cents=True), "all accounts"),
                ("Reserved already", money(client["reserved_minor"], code, cents=True), ""),
                ("After these bills", money(after, code, cents=True), ""),
                ("Against the buffer", money(gap, code, cents=True), f"buffer {money(client['buffer_minor'], code)}"),
            ]
        )
    )


def _verdicts(chosen: list[dict[str, Any]]) -> None:
    for x in chosen:
        bill = x["bill"]
        st.subheader(f"{bill['vendor_name']}, {money(bill['open_minor'], bill['currency_code'], cents=True)}")
        if x["verdict"] is None:
            mount.html(f'<p class="empty">{x["why"]}</p>' if x["why"] == "Not checked" else verdict_list([]))
        else:
            mount.html(verdict_list(x["verdict"].verdicts, fold=True))


def _preview(visit: frame.Visit, client_id: str, bills: Sequence[Row]) -> dict[str, Any]:
    from execution import errors

    try:
        found = visit.plane.payouts.preview(visit.principal, client_id, [b["source_bill_id"] for b in bills])
    except (errors.StaleData, errors.Forbidden, errors.Conflict) as problem:
        mount.html(banner("warn", f"Cannot decide: {problem.title}", str(problem)))
        return {}
    return {v.source_bill_id: v for v in found}


def page() -> None:
    """What waits for the reader, open bills with verdicts, the impact of a choice, the acts, payouts, schedules."""
    scope, client = frame.client_page("Decisions")
    visit, client_id = frame.visit(), client["client_id"]
    frame.notice()
    open_permits(visit)
    bills = open_bills(scope, client_id)
    payouts = list(visit.plane.payouts.list(visit.principal, client_id=client_id))
    live = {p.source_bill_id: p for p in payouts if p.state not in ENDED}
    lines = _lines(client, bills, _preview(visit, client_id, bills), live)
    names = {x["bill"]["source_bill_id"]: _bill_label(x["bill"]) for x in lines}
    freeze_banner(visit, client)
    acting.last_result(names)
    waiting_panel(scope, visit, client, {x["bill"]["source_bill_id"]: x for x in lines})
    _decide(scope, visit, client, lines)
    if lines:
        bill_days_panel(visit, client, names, _vendors(lines))
    payouts_panel(scope, visit, client, payouts)
    batches_panel(visit, client, names)
    schedules_panel(visit, client, payouts, lines)
    _reserves(visit, client_id)


def _vendors(lines: list[dict[str, Any]]) -> dict[str, str]:
    return {x["bill"]["vendor_id_qbo"]: x["bill"]["vendor_name"] for x in lines if x["bill"]["vendor_id_qbo"]}


def _decide(scope: Scope, visit: frame.Visit, client: Row, lines: list[dict[str, Any]]) -> None:
    if not lines:
        mount.html(empty_state("No open bills", "Nothing is owed on any rail. New bills appear after the next load."))
        return
    show = st.segmented_control("Show", SHOW, default=SHOW[0], required=True, key="show")
    today = visit.published.as_of_at.date() if visit.published else visit.now.date()
    shown = _shown(lines, show or SHOW[0], today)
    by_id = {x["bill"]["source_bill_id"]: x for x in lines}
    # A choice made for another client, or paid since, falls away.
    st.session_state["bills_chosen"] = [i for i in st.session_state.get("bills_chosen", []) if i in by_id]
    st.session_state["bills_shown"] = [x["bill"]["source_bill_id"] for x in shown]
    if shown:
        _table(shown, client)
    else:
        mount.html(empty_state("No bills in this view", "Choose All open to see the rest."))
    with st.container(border=True):
        left, middle, right = st.columns([4, 5, 3], gap="medium")
        with left:
            st.header("Impact")
            chosen_ids = st.multiselect(
                "Bills",
                list(by_id),
                key="bills_chosen",
                placeholder="Choose bills to act on",
                format_func=lambda i: _bill_label(by_id[i]["bill"]) if i in by_id else i,
            )
            chosen = [by_id[i] for i in chosen_ids]
            _selected(client, chosen)
        with middle:
            _impact(client, chosen)
        with right:
            decision_actions.buttons(scope, visit, client, chosen)
    if chosen:
        with st.container(border=True):
            st.header("Guards")
            _verdicts(chosen)


def _bill_label(bill: Row) -> str:
    number = f" {bill['invoice_number']}" if bill["invoice_number"] else ""
    return f"{bill['vendor_name']}{number}, {money(bill['open_minor'], bill['currency_code'], cents=True)}"


def _reserves(visit: frame.Visit, client_id: str) -> None:
    reserves = list(visit.plane.payouts.reserves(visit.principal, client_id))
    with st.container(border=True):
        st.header("Reserved cash")
        if not reserves:
            mount.html(
                '<p class="empty">No cash is reserved. '
                "Releasing a payout sets its amount aside until the bank shows it.</p>"
            )
            return
        body = [
            (r.payout_id[:8], r.vendor_name, moment(r.held_at), money(r.amount_minor, r.currency_code, cents=True))
            for r in reserves
        ]
        mount.html(html_table(("Payout", "For", "Since", "Amount"), body, numeric=(3,)))
