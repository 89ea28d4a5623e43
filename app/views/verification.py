"""Verification: is every payment proven, whose turn is it, and did cash move as planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.cards import empty_state, kpi, kpi_row
from app.components.chips import chip
from app.components.exports import as_csv
from app.components.payouts import LINKS, link_state, state_word
from app.components.tables import figures
from app.components.words import age, amount_format, capital, count, dated, day, moment, money, plain, text
from app.views import frame
from app.views.drift_panel import drift_panel

EXPORTED = (
    "payout_id", "vendor_name", "amount_minor", "currency_code", "state", "link", "owner", "opened_at", "due_at",
    "closed_at", "evidence_id", "finding", "finding_text", "next_action",
)  # fmt: skip
SHOW = ("Open and broken", "Broken", "Past due", "Closed too")
CHOICE_MAX = 300
WORDS = ["Open", "Past due", "Closed", "Not read yet", "Late", "Ambiguous", "Contradicts", "Vanished", "Returned",
         "Paid elsewhere"]  # fmt: skip
COLORS = ["blue", "orange", "green", "gray", *["red"] * 6]


def exported(links: Sequence[Any]) -> str:
    """Links as CSV text, as listed."""
    return as_csv(EXPORTED, ([getattr(link, name) for name in EXPORTED] for link in links))


def _as_row(link: Any) -> dict[str, Any]:
    return {name: getattr(link, name) for name in ("link", "finding", "closed_at", "due_at")}


def _is_broken(link: Any) -> bool:
    return link.finding is not None and link.finding != "unread"


def _is_past_due(link: Any, now: Any) -> bool:
    return link.closed_at is None and link.due_at is not None and link.due_at < now


def _kpis(links: Sequence[Any], now: Any) -> str:
    still_open = [one for one in links if one.closed_at is None]
    broken, late = [one for one in links if _is_broken(one)], [one for one in still_open if _is_past_due(one, now)]
    unread = sum(one.finding == "unread" for one in links)
    at_stake = {one.payout_id: one for one in broken}
    sums: dict[str, int] = {}
    for one in at_stake.values():
        sums[one.currency_code] = sums.get(one.currency_code, 0) + one.amount_minor
    worth = ", ".join(money(minor, code) for code, minor in sorted(sums.items())) or "nothing"
    return kpi_row(
        [
            kpi("Open links", f"{len(still_open):,}", f"of {count(len({o.payout_id for o in still_open}), 'payout')}"),
            kpi("Broken", f"{len(broken):,}", f"{worth} at stake", "bad" if broken else "ok"),
            kpi("Past due", f"{len(late):,}", "against their own clock", "warn" if late else "ok"),
            kpi("Not read yet", f"{unread:,}", "a rail has to be read first", "warn" if unread else "ok"),
        ]
    )


def _clock(link: Any, now: Any) -> str:
    """Age against the time allowed: '3 days ago, 2 days left'."""
    opened = age((now - link.opened_at).total_seconds() / 3600)
    if link.closed_at is not None or link.due_at is None:
        return opened
    hours = (link.due_at - now).total_seconds() / 3600
    left = f"{abs(hours) / 24:.0f} days" if abs(hours) >= 48 else f"{abs(hours):.0f} h"
    return f"{opened}, {left} {'left' if hours >= 0 else 'over'}"


def _next(link: Any) -> str:
    return link.next_action or ("" if link.closed_at else f"Closes once {LINKS[link.link][1]}")


def _table(links: Sequence[Any], now: Any) -> None:
    codes = {one.currency_code for one in links}
    data = pa.table(
        {
            "State": [[link_state(_as_row(one), now)[0]] for one in links],
            "Link": [LINKS[one.link][0] for one in links],
            "Vendor": [one.vendor_name for one in links],
            "Amount": [one.amount_minor / 100 for one in links],
            "Owner": [capital(one.owner) for one in links],
            "Opened": [_clock(one, now) for one in links],
            "What is wrong": [dated(one.finding_text) for one in links],
            "Next": [
                one.next_action or ("" if one.closed_at else f"Closes when {LINKS[one.link][1]}") for one in links
            ],
        }
    )
    cc = st.column_config
    st.dataframe(
        data,
        hide_index=True,
        row_height=36,
        height=min(38 + 36 * len(links), 440),
        key="custody_table",
        alt=f"{count(len(links), 'link')} of custody, broken ones first",
        column_config={
            "State": cc.MultiselectColumn(options=WORDS, color=COLORS, width=110),
            "Vendor": cc.TextColumn(width=190),
            "Amount": cc.NumberColumn(format=amount_format(codes)),
            "Opened": cc.TextColumn(width=190),
            "What is wrong": cc.TextColumn(width=320),
            "Next": cc.TextColumn(width=320),
        },
    )


def _one(link: Any, now: Any, client_id: str) -> None:
    word, tone = link_state(_as_row(link), now)
    mount.html(f'<div class="chips">{chip(word, tone)}</div>')
    if link.finding_text:
        mount.html(f"<p>{text(dated(link.finding_text))}</p><p><b>Next:</b> {text(link.next_action)}</p>")
    evidence = [(plain(name), str(value), "") for name, value in link.evidence.items() if value not in (None, "")]
    pairs = [
        ("Payout", f"{link.vendor_name}, {money(link.amount_minor, link.currency_code, cents=True)}",
         f"{link.payout_id[:8]}, {state_word(link.state)}"),
        ("Owner", capital(link.owner), ""),
        ("Opened", moment(link.opened_at), ""),
        ("To act by", moment(link.due_at) if link.due_at else "no date", ""),
        ("Closed by", link.evidence_id or "no evidence yet", moment(link.closed_at) if link.closed_at else ""),
        *evidence,
    ]  # fmt: skip
    mount.html(figures(pairs))
    pages = st.session_state.get("pages", {})
    if "decisions" in pages:
        st.page_link(pages["decisions"], label="Open in Decisions", icon=":material/task_alt:",
                     query_params={"client": client_id})  # fmt: skip
    if link.link == "bank_posting" and "reconciliation" in pages:
        st.page_link(pages["reconciliation"], label="Open in Reconciliation", icon=":material/compare_arrows:",
                     query_params={"client": client_id})  # fmt: skip


def _shown(links: Sequence[Any], show: str, now: Any) -> list[Any]:
    if show == "Broken":
        return [one for one in links if _is_broken(one)]
    if show == "Past due":
        return [one for one in links if _is_past_due(one, now)]
    return list(links)


def _custody(visit: frame.Visit, client_id: str) -> None:
    st.header("Chain of custody")
    everything = visit.plane.custody.links(visit.principal, client_id, closed_too=True)
    if not everything:
        body = "Each payout gets four links here once it is proposed: decision, Ramp bill, bank line and QBO payment."
        mount.html(empty_state("No payouts yet", body))
        return
    mount.html(_kpis(everything, visit.now))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        show = st.segmented_control("Show", SHOW, default=SHOW[0], required=True, key="custody_show") or SHOW[0]
        waiting = [one for one in everything if one.closed_at is None or one.finding]
        links = _shown(everything if show == "Closed too" else waiting, show, visit.now)
        st.download_button(
            "Export", exported(links), file_name=f"custody-{client_id}.csv", mime="text/csv",
            icon=":material/download:", key="custody_export", disabled=not links, on_click="ignore",
        )  # fmt: skip
    if not links:
        nothing = "Every payment is proven" if show == SHOW[0] else "Nothing in this view"
        mount.html(empty_state(nothing, "Choose Closed too to see the proof of each link."))
        return
    _table(links, visit.now)
    with st.container(border=True):
        st.header("One link in full")
        by_key = {f"{one.payout_id}|{one.link}": one for one in links[:CHOICE_MAX]}
        chosen = st.selectbox(
            "Link", list(by_key), key=f"link_of_{client_id}",
            format_func=lambda key: _title(by_key[key]) if key in by_key else key,
        )  # fmt: skip
        if len(links) > CHOICE_MAX:
            mount.html(f"<p class='muted'>The first {CHOICE_MAX} of {len(links):,} links; narrow the list.</p>")
        _one(by_key[chosen], visit.now, client_id)


def _title(link: Any) -> str:
    return f"{LINKS[link.link][0]}: {link.vendor_name}, {money(link.amount_minor, link.currency_code, cents=True)}"


def page() -> None:
    """Links with owner and clock, one in full; then the drift of planned against actual cash, week by week."""
    scope, client = frame.client_page("Verification")
    visit, client_id = frame.visit(), client["client_id"]
    frame.notice()
    _custody(visit, client_id)
    drift_panel(scope, client_id, day)
