"""Hygiene tray: can I trust the numbers, and what to fix first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.cards import empty_state
from app.components.chips import chip
from app.components.tables import html_table
from app.components.words import (
    HYGIENE_KINDS,
    ROLES,
    amount_format,
    calm,
    count,
    day,
    money,
    plain,
    text,
)
from app.queries.hygiene import (
    hygiene_items,
    posting,
)
from app.queries.snapshot import Row, Scope
from app.views import frame, hygiene_keys, rulings_panel
from app.views.hygiene_keys import DECISION_WORDS
from app.views.hygiene_readiness import readiness
from app.views.hygiene_records import records

DECIDES = frozenset({"bookkeeper", "controller", "advisor", "firm_admin"})
TONE = {"high": "bad", "medium": "warn", "low": "idle"}


def _with_decisions(items: Sequence[Row], decisions: Sequence[Any]) -> list[Row]:
    """The queue with what people decided since the snapshot was built; the next build takes it in."""
    latest: dict[str, Any] = {}
    for d in decisions:
        latest.setdefault(d.hygiene_item_id, d)
    out = []
    for item in items:
        d = latest.get(item["hygiene_item_id"])
        out.append(item | {"live": d, "decision": DECISION_WORDS.get(d.action, d.action) if d else item["decision"]})
    return out


def _title(item: Row) -> str:
    amount = f", {money(item['amount_minor'], item['currency_code'])}" if item["amount_minor"] is not None else ""
    return f"{calm(item['title'])}{amount}"


def _assigned(item: Row) -> bool:
    return item["live"] is not None and item["live"].action in ("assign", "assigned")


def _table(items: Sequence[Row]) -> None:
    codes = {i["currency_code"] for i in items if i["currency_code"]}
    cc = st.column_config
    data = pa.table(
        {
            "Weight": [[plain(i["severity"])] for i in items],
            "Kind": [plain(i["kind"], HYGIENE_KINDS) for i in items],
            "What": [calm(i["title"]) for i in items],
            "Amount": pa.array(
                [None if i["amount_minor"] is None else i["amount_minor"] / 100 for i in items], pa.float64()
            ),
            "Day": [day(i["item_date"]) if i["item_date"] else "" for i in items],
            "Uncertainty": pa.array(
                [None if i["uncertainty_minor"] is None else i["uncertainty_minor"] / 100 for i in items], pa.float64()
            ),
            "Minutes": pa.array([i["minutes"] for i in items], pa.float64()),
            "Moves score by": pa.array([i["score_points"] for i in items], pa.float64()),
            "Owner": [i["live"].assignee if _assigned(i) else plain(i["owner_role"], ROLES) for i in items],
            "Age": pa.array([i["age_days"] for i in items], pa.int64()),
        }
    )
    if any(i["decision"] for i in items):
        data = data.append_column("Decision", pa.array([plain(i["decision"]) for i in items]))
    st.dataframe(
        data,
        hide_index=True,
        row_height=36,
        height=min(38 + 36 * len(items), 400),
        key="hygiene_table",
        alt=f"{count(len(items), 'item')} to review, what removes most uncertainty a minute first",
        column_config={
            "Weight": cc.MultiselectColumn(
                options=["High", "Medium", "Low"], color=["red", "orange", "gray"], width=90
            ),
            "What": cc.TextColumn(width=380),
            "Amount": cc.NumberColumn(format=amount_format(codes)),
            "Uncertainty": cc.NumberColumn(
                format="$%,.0f" if codes <= {"USD"} else "%,.0f",
                help="Amount, times how likely it is wrong, times the share that reaches the next 13 weeks' cash.",
            ),
            "Minutes": cc.NumberColumn(format="%.1f", help="The firm's estimate for an item of this kind.", width=76),
            "Moves score by": cc.NumberColumn(format="%.2f", help="Points that mending this adds to the data score."),
            "Age": cc.NumberColumn(format="%d d", help="Days since a build first found it.", width=60),
        },
    )


def _why_here(item: Row) -> str:
    days = item["runway_days_uncertain"]
    runway = f" That is {days:.1f} days of this client's burn." if days else ""
    points = f" It gives back {item['score_points']:.2f} points of the score." if item["score_points"] else ""
    return f"{item['rank_reason'] or ''}{runway}{points}"


def _one(scope: Scope, client_id: str, item: Row, neighbour: str | None) -> None:
    visit = frame.visit()
    mount.html(
        f'<div class="chips">{chip(plain(item["severity"]), TONE.get(item["severity"], "idle"))}'
        f"{chip(plain(item['decision']), 'info') if item['decision'] else ''}</div>"
        f"<p>{text(item['detail'])}</p><p><b>Remedy:</b> {text(item['remedy'])}</p>"
        f"<p><b>Why here:</b> {text(_why_here(item))}</p>"
    )
    mount.html(records(scope, client_id, item))
    if item["kind"] == "missing_bill":
        mount.html(
            html_table(
                ("Bill to enter in QBO", "Value"),
                [
                    ("Vendor", item["counterparty_name"] or "unknown"),
                    ("Amount", money(item["amount_minor"], item["currency_code"], cents=True)),
                    ("Bill date", day(item["item_date"])),
                ],
            )
        )
    line = posting(scope, client_id, item["record_id"]) if item["rail"] == "plaid" and item["record_id"] else None
    rulings_panel.item_panel(scope, client_id, item, line)
    if visit.principal.role in DECIDES:
        hygiene_keys.decide_bar(client_id, item, neighbour)


def page() -> None:
    """Readiness and the ranked queue, with each item's evidence side by side and the decisions on it."""
    scope, client = frame.client_page("Hygiene")
    visit, client_id = frame.visit(), client["client_id"]
    frame.notice()
    items = _with_decisions(hygiene_items(scope, client_id), list(visit.plane.hygiene.list(visit.principal, client_id)))
    readiness(scope, client, items)
    if not items:
        mount.html(
            empty_state(
                "The tray is empty",
                "Every bank line is explained and every rail is fresh. New items appear after the next load.",
            )
        )
        return
    kinds = [k for k in HYGIENE_KINDS if any(i["kind"] == k for i in items)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = st.selectbox(
            "Kind",
            ["Any", *kinds],
            format_func=lambda k: (
                "Any" if k == "Any" else f"{plain(k, HYGIENE_KINDS)} ({sum(i['kind'] == k for i in items)})"
            ),
            key="kind",
            bind="query-params",
            width=240,
        )
        state = st.segmented_control(
            "Show", ["Waiting", "Decided", "All"], default="Waiting", required=True, key="hygiene_show"
        )
    shown = [
        i
        for i in items
        if kind in ("Any", i["kind"])
        and (state == "All" or (i["decision"] in (None, "assigned")) == (state == "Waiting"))
    ]
    if not shown:
        mount.html(empty_state("Nothing in this view", "Choose another kind, or All."))
        return
    _table(shown)
    with st.container(border=True):
        st.header("One item in full")
        by_id = {i["hygiene_item_id"]: i for i in shown}
        key = f"item_of_{client_id}"
        chosen = st.selectbox("Item", list(by_id), format_func=lambda i: _title(by_id[i]) if i in by_id else i, key=key)
        neighbour = hygiene_keys.step_bar(list(by_id), chosen, key)
        _one(scope, client_id, by_id[chosen], neighbour)
