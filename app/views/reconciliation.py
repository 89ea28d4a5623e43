"""Reconciliation: every bank line, what it was matched to, on which proof, and what a person says to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.cards import empty_state, kpi, kpi_row
from app.components.chips import chip
from app.components.exports import as_csv
from app.components.words import RAIL_NAMES, amount_format, calm, count, day, money, plain, share, text
from app.queries.reconciliation import lines
from app.queries.snapshot import Row, Scope
from app.views import frame
from app.views.rulings_panel import line_panel, word_of

STATUSES = {
    "All": None,
    "Proposed": "proposed",
    "Unmatched": "unmatched",
    "Matched": "matched",
    "Own transfers": "own_transfer",
}
TONE = {"matched": "ok", "proposed": "warn", "unmatched": "bad", "own_transfer": "idle"}
EXPORTED = (
    "posted_date", "description", "counterparty_name", "amount_minor", "currency_code", "status", "matched_rail",
    "matched_kind", "matched_id", "rule", "match_score", "runner_up_score", "reason", "posting_id_plaid", "event_id",
)  # fmt: skip
CHOICE_MAX = 300


def exported(rows: Sequence[Row]) -> str:
    """Bank lines as CSV text, as listed."""
    return as_csv(EXPORTED, ([row[c] for c in EXPORTED] for row in rows))


def _kpis(rows: Sequence[Row]) -> str:
    found = Counter(r["status"] for r in rows)
    settled = found["matched"] + found["own_transfer"]
    return kpi_row(
        [
            kpi("Explained", f"{settled / len(rows):.0%}", f"{settled:,} of {len(rows):,} lines, last 90 days", "ok"),
            kpi("Proposed", f"{found['proposed']:,}", "wait for a person", "warn" if found["proposed"] else "ok"),
            kpi("Unmatched", f"{found['unmatched']:,}", "no record fits", "warn" if found["unmatched"] else "ok"),
            kpi("Own transfers", f"{found['own_transfer']:,}", "between the client's accounts"),
        ]
    )


def _matched_to(row: Row) -> str:
    if not row["matched_id"]:
        return ""
    return f"{plain(row['matched_rail'], RAIL_NAMES)} {plain(row['matched_kind']).lower()} {row['matched_id']}"


def _margin(row: Row) -> float | None:
    if row["match_score"] is None:
        return None
    return row["match_score"] - (row["runner_up_score"] or 0.0)


def _table(rows: Sequence[Row], said: dict[str, str]) -> None:
    cc = st.column_config
    codes = {r["currency_code"] for r in rows}
    data = pa.table(
        {
            "Status": [[plain(r["status"])] for r in rows],
            "Day": [day(r["posted_date"]) for r in rows],
            "Bank's text": [calm(r["description"]) for r in rows],
            "Amount": [r["amount_minor"] / 100 for r in rows],
            "Matched to": [_matched_to(r) for r in rows],
            "Method": [plain(r["rule"]) if r["matched_id"] else "" for r in rows],
            "Sure": [share(r["match_score"]) for r in rows],
            "Next best": [share(r["runner_up_score"]) for r in rows],
            "Ahead by": [share(_margin(r)) for r in rows],
            "Why": [r["reason"] or "" for r in rows],
        }
    )
    if said:
        told = pa.array([said.get(r["posting_id_plaid"], "") for r in rows])
        data = data.add_column(1, "Ruling", told)
    st.dataframe(
        data,
        hide_index=True,
        row_height=36,
        height=min(38 + 36 * len(rows), 440),
        key="reconciliation_table",
        alt=f"{count(len(rows), 'bank line')}, what waits for a person first",
        column_config={
            "Status": cc.MultiselectColumn(
                options=["Matched", "Proposed", "Unmatched", "Own transfer"],
                color=["green", "orange", "red", "gray"],
                width=100,
            ),
            "Bank's text": cc.TextColumn(width=260),
            "Amount": cc.NumberColumn(format=amount_format(codes)),
            "Why": cc.TextColumn(width=360),
        },
    )


def _title(row: Row) -> str:
    return f"{day(row['posted_date'])}, {calm(row['description'])}, {money(row['amount_minor'], row['currency_code'])}"


def _one(scope: Scope, client_id: str, row: Row, rulings: Sequence[Any]) -> None:
    mount.html(
        f'<div class="chips">{chip(plain(row["status"]), TONE[row["status"]])}</div><p>{text(row["reason"])}</p>'
    )
    line_panel(scope, client_id, row, rulings, "line")


def page() -> None:
    """Counts, the filtered list with its export, and one line in full with its certificate and what people say."""
    scope, client = frame.client_page("Reconciliation")
    visit, client_id = frame.visit(), client["client_id"]
    frame.notice()
    rows = lines(scope, client_id)
    if not rows:
        mount.html(
            empty_state("No bank lines yet", "Lines appear after the first load of the client's bank connection.")
        )
        return
    mount.html(_kpis(rows))
    rulings = visit.plane.rulings.list(visit.principal, client_id)
    said = {one.left_key.removeprefix("plaid|posting|"): word_of(one) for one in reversed(rulings)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        status = st.segmented_control(
            "Status", list(STATUSES), default="All", required=True, key="line_status", bind="query-params"
        )
        find = st.text_input("Find a line", key="line_find", placeholder="Text, party or record", width=230)
        wanted, words = STATUSES[status or "All"], (find or "").strip().lower()
        shown = [
            r
            for r in rows
            if wanted in (None, r["status"])
            and words in f"{r['description']} {r['counterparty_name']} {_matched_to(r)}".lower()
        ]
        st.download_button(
            "Export",
            exported(shown),
            file_name=f"reconciliation-{client_id}.csv",
            mime="text/csv",
            icon=":material/download:",
            key="line_export",
            disabled=not shown,
            on_click="ignore",
        )
    if not shown:
        mount.html(empty_state("Nothing in this view", "Choose another status, or clear the search."))
        return
    _table(shown, said)
    with st.container(border=True):
        st.header("One line in full")
        by_id = {r["posting_id_plaid"]: r for r in shown[:CHOICE_MAX]}
        chosen = st.selectbox(
            "Line", list(by_id), format_func=lambda i: _title(by_id[i]) if i in by_id else i, key=f"line_of_{client_id}"
        )
        if len(shown) > CHOICE_MAX:
            mount.html(f"<p class='muted'>The first {CHOICE_MAX} of {len(shown):,} lines; narrow the list.</p>")
        _one(scope, client_id, by_id[chosen], rulings)
