"""Digest: are we okay, what changed, what is next; for the advisor and the client's owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.bars import aging_bar, coverage_bar
from app.components.cards import empty_state, variance_chips, verdict_card
from app.components.chips import chip_row, confidence_chip
from app.components.collections import collection_list
from app.components.flowband import flowband_alt, flowband_legend, flowband_spec
from app.components.outlook import surprise_cards
from app.components.tables import figures, www_line, www_list
from app.components.words import (
    LONG_DAYS,
    calm,
    chance,
    count,
    day,
    money,
    money_short,
    runway_range,
    signed,
    text,
    weeks,
)
from app.queries.bills import aging, collections
from app.queries.cash import cash_weeks, horizon, lowest_week
from app.queries.hygiene import hygiene_items
from app.queries.snapshot import Row, Scope
from app.queries.variances import variances
from app.views import frame, mode_panel

VERDICT = {"on_track": "Yes.", "watch": "Mostly.", "at_risk": "No, not yet.", "unknown": "We cannot tell yet."}
NEXT_STEPS = 5
CALLS = 5


def verdict_sentence(client: Row) -> str:
    """The answer in one sentence: a plain word, the weeks covered, the gap to the buffer."""
    if client["runway_status"] == "unknown":
        return f"{VERDICT['unknown']} {client['status_reason']}"
    code = client["currency_code"]
    gap = client["gap_to_buffer_minor"]
    if gap is None:
        against = ""
    elif gap >= 0:
        against = f", {money(gap, code)} above the buffer of {money(client['buffer_minor'], code)}"
    else:
        against = f", {money(-gap, code)} below the buffer of {money(client['buffer_minor'], code)}"
    days = client["runway_days"]
    covers = "Money in exceeds money out" if days is None else f"Cash covers {days / 7:.1f} weeks"
    if days is not None and days >= LONG_DAYS:
        covers = "Cash covers over half a year"
    elif days is not None and (likely := runway_range(client.get("runway_days_low"), client.get("runway_days_high"))):
        covers += f" ({likely})"
    return f"{VERDICT.get(client['runway_status'], '')} {covers}{against}."


def buffer_weeks(client: Row) -> float | None:
    """The buffer on the same scale as the runway, for the bar's mark; None when nothing is burnt."""
    burn = client["average_daily_net_burn_minor"]
    return None if not burn or burn <= 0 else client["buffer_minor"] / burn / 7


# State of a payout that waits for a person: (what that person does, who).
WAITS = {
    "mismatched": ("Settle", "Controller and advisor"),
    "blocked": ("Clear the guard on", "Bookkeeper"),
    "proposed": ("Approve or reject", "Controller"),
    "approved": ("Release", "Controller"),
    "held": ("Decide on the hold of", "Controller"),
}
# Kind of a hygiene item: (what to do, one of them, several where that is no mere s).
TO_DO: dict[str, tuple[str, ...]] = {
    "missing_bill": ("Get and enter", "missing bill"),
    "unmatched_posting": ("Explain", "unmatched bank line"),
    "proposed_match": ("Confirm", "likely match", "likely matches"),
    "duplicate_bill": ("Compare", "possible duplicate bill"),
    "duplicate_payment": ("Compare", "possible duplicate payment"),
    "expected_bill": ("Ask for", "bill that did not come", "bills that did not come"),
    "tie_out": ("Mend", "place where the books do not tie out", "places where the books do not tie out"),
    "unproven_record": ("Confirm or void", "record that nothing confirms", "records that nothing confirms"),
    "removed_record": ("Look at", "removed record"),
    "uncategorized": ("Choose accounts for", "uncategorized record"),
    "vendor_link": ("Confirm", "name"),
    "identity_conflict": ("Settle", "contradiction between records", "contradictions between records"),
    "new_vendor": ("Call back", "new vendor"),
    "stale_rail": ("Refresh", "stale rail"),
    "failed_rail": ("Reconnect", "failed rail"),
    "absent_rail": ("Connect", "missing rail"),
}


def _payout_steps(visit: Any, client: Row) -> list[str]:
    """One line per thing that people have to do with payouts: how many, how much, by when."""
    waiting: dict[str, list[Any]] = {}
    for p in visit.plane.payouts.list(visit.principal, client_id=client["client_id"]):
        waiting.setdefault(p.state, []).append(p)
    lines = []
    for state, (verb, who) in WAITS.items():
        found = waiting.get(state, [])
        if found:
            total = money(sum(p.amount_minor for p in found), client["currency_code"])
            dues = [p.due_date for p in found if p.due_date]
            largest = max(found, key=lambda p: p.amount_minor)
            note = f"largest {largest.vendor_name}, {money(largest.amount_minor, largest.currency_code)}"
            what = f"{verb} {count(len(found), 'payout')}, {total}"
            lines.append(www_line(what, who, min(dues, default=None), "open", note, before="first due "))
    return lines


def _next_steps(visit: Any, scope: Scope, client: Row) -> list[str]:
    """What waits for whom, one line per kind: payouts first, then what makes the figures better."""
    lines = _payout_steps(visit, client) if visit.principal.role != "client_owner" else []
    kinds: dict[str, list[Row]] = {}
    for item in hygiene_items(scope, client["client_id"]):
        if item["decision"] in (None, "assigned"):
            kinds.setdefault(item["kind"], []).append(item)
    for kind, items in kinds.items():
        verb, *names = TO_DO.get(kind, ("Look at", "item"))
        what = f"{verb} {count(len(items), *names)}"
        total = sum(i["amount_minor"] or 0 for i in items)
        if total:
            what += f", {money(total, client['currency_code'])}"
        oldest = min((i["item_date"] for i in items if i["item_date"]), default=None)
        lines.append(www_line(what, "Bookkeeper", oldest, "open", _example(items), before="since "))
    return lines[:NEXT_STEPS]


def _example(items: Sequence[Row]) -> str:
    largest = max(items, key=lambda i: i["amount_minor"] or 0)
    return calm(largest["title"]) if len(items) == 1 else f"largest: {calm(largest['title'])}"


def outlook_block(scope: Scope, client: Row, first: int, last: int) -> str:
    """OutlookBlock: in, out, the lowest cash with its likely range, and the first week below the buffer."""
    found = horizon(scope, client["client_id"], first, last)
    if found is None:
        return '<p class="empty">No projection yet. It is built after each load.</p>'
    code = found["currency_code"]
    low, high = (money_short(found[f"closing_balance_minor_{end}"], code) for end in ("low", "high"))
    likely = f"({low} to {high})"
    breach, probability = found["breach_week_start_date"], found["breach_probability"]
    weakest = "" if probability is None else f"(weakest week {chance(probability)} likely)"
    return figures(
        [
            ("Money in", money(found["inflow_minor"], code), ""),
            ("Money out", money(found["outflow_minor"], code), ""),
            ("Lowest cash, likely range", money(found["closing_balance_minor_lowest"], code), likely),
            ("Below the buffer", f"from week of {day(breach)}" if breach else "no week", weakest),
        ]
    )


def flowband(
    rows: Sequence[Row], lowest: Row | None, code: str, key: str, ghost: Sequence[tuple[Any, int]] = ()
) -> None:
    """The chart with its legend in text, or the reason there is none; `ghost` is a scenario's cash line."""
    if not rows:
        mount.html(empty_state("No projection yet", "It is built after each load, once a bank balance is known."))
        return
    said = (
        f"Lowest week {day(lowest['week_start_date'])} at {money(lowest['closing_balance_minor'], code)}."
        if lowest
        else ""
    )
    mount.html(flowband_legend(with_scenario=bool(ghost)))
    st.vega_lite_chart(spec=flowband_spec(rows, ghost=ghost), key=key, alt=flowband_alt(rows, said))


def page() -> None:
    """One client's week: verdict, changes, next steps, cash ahead, what is owed both ways."""
    scope, client = frame.client_page("Digest")
    client_id, code = client["client_id"], client["currency_code"]
    frame.notice()
    mode_panel.mode_panel(frame.visit(), client)
    lowest = lowest_week(scope, client_id)
    weeks_of_cash = cash_weeks(scope, client_id)
    detail = _cash_sentence(client)
    if lowest:
        low_point = money(lowest["closing_balance_minor"], code)
        below_zero = [w for w in weeks_of_cash if w["is_forecast"] and w["closing_balance_minor"] < 0]
        if below_zero:
            detail += f" The forecast falls below zero in the week of {day(below_zero[0]['week_start_date'])};"
            detail += f" its lowest point is {low_point} in the week of {day(lowest['week_start_date'])}."
        else:
            detail += f" Forecast low point {low_point} in the week of {day(lowest['week_start_date'])}."
    left, right = st.columns([5, 3])
    with left, st.container(border=True, height="stretch"):
        bar = coverage_bar(
            None if client["runway_days"] is None else client["runway_days"] / 7,
            buffer_weeks(client),
            client["runway_status"],
        )
        mount.html(verdict_card(client["runway_status"], verdict_sentence(client), detail, bar))
        mount.html(
            '<span class="muted small">What changed last week, against the usual week</span>'
            + variance_chips(variances(scope, client_id))
        )
        frame.how_computed(["runway", "cash_available", "gap_to_buffer"], "digest")
    with right, st.container(border=True, height="stretch"):
        st.header("Next steps")
        mount.html(www_list(_next_steps(frame.visit(), scope, client), empty="Nothing is waiting for anyone."))
    with st.container(border=True):
        st.header("Cash flow, next 13 weeks")
        mount.html(
            chip_row(confidence_chip(client["confidence"], client["confidence_reason"]))
            + f"<small>{_reason(client)}</small>"
        )
        flowband(weeks_of_cash, lowest, code, "digest_flow")
        mount.html(_since_the_last_forecast(frame.visit(), client_id, code))
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.header("Receivables, by days late")
        mount.html(aging_bar(aging(scope, client_id, "receivable"), empty="Nobody owes this client anything."))
        if owed := collections(scope, client_id, CALLS):
            st.subheader("Call about these first")
            mount.html(collection_list(owed, empty=""))
            frame.how_computed(["late_probability", "likely_paid_date"], "collections")
    with right, st.container(border=True, height="stretch"):
        st.header("Bills, by days late")
        mount.html(aging_bar(aging(scope, client_id, "payable"), empty="Nothing owed."))
        mount.html(f"<p><small>{_impact(client)}</small></p>")
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        st.header("Weeks 2 to 4: operate")
        mount.html(outlook_block(scope, client, 2, 4))
    with right, st.container(border=True, height="stretch"):
        st.header("Weeks 5 to 13: plan")
        mount.html(outlook_block(scope, client, 5, 13))


def _since_the_last_forecast(visit: Any, client_id: str, code: str) -> str:
    """What changed the outlook most since the forecast before; nothing where there is none to compare with."""
    from execution import errors

    if not frame.has("revisions"):
        return ""
    try:
        found = visit.plane.outlook.revision(visit.principal, client_id)
    except errors.StaleData:
        return ""
    change = found.bridge.later_minor - found.bridge.earlier_minor
    said = f"{signed(change, code)} by the week of {day(found.bridge.week_start)}" if change else "no change in all"
    return (
        f'<span class="muted small">Since the forecast before: {text(said)}</span>'
        f"{surprise_cards(found.surprises, code)}"
    )


def _cash_sentence(client: Row) -> str:
    code = client["currency_code"]
    if client["cash_available_minor"] is None:
        return "No bank balance is known, so nothing here rests on cash in the bank."
    reserved = client["reserved_minor"] or 0
    aside = f", {money(reserved, code)} of it reserved for approved payouts" if reserved else ""
    return f"{money(client['cash_available_minor'], code)} in the bank{aside}."


def _reason(client: Row) -> str:
    return text(client["confidence_reason"])


def _impact(client: Row) -> str:
    code = client["currency_code"]
    overdue = money(client["ap_overdue_minor"], code)
    due = f"{money(client['ap_due_7d_minor'], code)} falls due within 7 days and {overdue} is overdue"
    if client["cash_available_minor"] is None:
        return text(f"{due}; no bank balance is known to set against it.")
    covers = (
        "money in exceeds money out"
        if client["runway_days"] is None
        else f"cash covers {weeks(client['runway_days']).replace('Over', 'over')}"
    )
    return text(f"{due}, against {money(client['cash_available_minor'], code)} of cash; {covers}.")
