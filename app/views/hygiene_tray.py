"""Hygiene tray: can I trust the numbers, and what to fix first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.cards import empty_state, kpi, kpi_row
from app.components.chips import chip
from app.components.tables import html_table
from app.components.words import (
    HYGIENE_KINDS,
    QUALITY_PARTS,
    RAIL_NAMES,
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
    quality_days,
    quality_rails,
    quality_scores,
    reconciliation_counts,
)
from app.queries.snapshot import Row, Scope
from app.views import frame, rulings_panel
from app.views.hygiene_records import records

DECIDES = frozenset({"bookkeeper", "controller", "advisor", "firm_admin"})
TONE = {"high": "bad", "medium": "warn", "low": "idle"}
NOTE_MAX = 500
DECISION_WORDS = {"confirm": "confirmed", "dismiss": "dismissed", "assign": "assigned", "snooze": "snoozed"}


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


def _decide(client_id: str, item_id: str, action: str) -> None:
    visit = frame.visit()
    reason = (st.session_state.get("hygiene_reason") or "").strip()
    if action in ("dismiss", "snooze") and not reason:
        st.session_state["notice"] = (
            "bad",
            "A reason is needed",
            "Say in a few words why; it is kept with the item.",
            [],
        )
        return
    extra: dict[str, Any] = {}
    if action == "snooze":
        extra["until_date"] = st.session_state["hygiene_until"]
    if action == "assign":
        assignee = (st.session_state.get("hygiene_assignee") or "").strip()
        if not assignee:
            st.session_state["notice"] = ("bad", "Somebody has to take it", "Name the person who takes this item.", [])
            return
        extra["assignee"] = assignee
    with frame.said_plainly(f"The item is {DECISION_WORDS[action]}. The next build takes it in; undo stays possible."):
        visit.plane.hygiene.decide(visit.principal, client_id, item_id, action, reason, **extra)


def _undo(decision_id: str) -> None:
    visit = frame.visit()
    with frame.said_plainly("The decision is undone."):
        visit.plane.hygiene.undo(visit.principal, decision_id)


def _why_here(item: Row) -> str:
    days = item["runway_days_uncertain"]
    runway = f" That is {days:.1f} days of this client's burn." if days else ""
    points = f" It gives back {item['score_points']:.2f} points of the score." if item["score_points"] else ""
    return f"{item['rank_reason'] or ''}{runway}{points}"


def _one(scope: Scope, client_id: str, item: Row) -> None:
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
    if visit.principal.role not in DECIDES:
        return
    if item["live"] is not None:
        st.button(
            "Undo the decision",
            icon=":material/undo:",
            key="hygiene_undo",
            on_click=_undo,
            args=(item["live"].decision_id,),
        )
        return
    st.text_input("Reason", key="hygiene_reason", max_chars=NOTE_MAX, placeholder="Kept with the item")
    args = (client_id, item["hygiene_item_id"])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button(
            "Confirm",
            type="primary",
            icon=":material/check:",
            key="hygiene_confirm",
            on_click=_decide,
            args=(*args, "confirm"),
        )
        st.button("Dismiss", icon=":material/close:", key="hygiene_dismiss", on_click=_decide, args=(*args, "dismiss"))
        with st.popover("Assign", icon=":material/person_add:"):
            st.text_input("Who takes it", key="hygiene_assignee", max_chars=120)
            st.button("Assign it", key="hygiene_assign", on_click=_decide, args=(*args, "assign"))
        with st.popover("Snooze", icon=":material/snooze:"):
            st.date_input("Until", value=visit.now.date() + timedelta(days=7), key="hygiene_until")
            st.button("Snooze it", key="hygiene_snooze", on_click=_decide, args=(*args, "snooze"))


def _readiness(scope: Scope, client: Row, items: Sequence[Row]) -> None:
    scores = quality_scores(scope, client["client_id"])
    matched = {r["status"]: r["posting_count"] for r in reconciliation_counts(scope, client["client_id"])}
    total = sum(matched.values())
    settled = matched.get("matched", 0) + matched.get("own_transfer", 0)
    waiting = [i for i in items if i["decision"] in (None, "assigned")]
    points = sum(i["score_points"] or 0 for i in waiting)
    ready = client["preflight"] == "ok"
    mount.html(
        kpi_row(
            [
                kpi(
                    "Readiness",
                    f"{client['readiness_score']}/100" if client["readiness_score"] is not None else "unknown",
                    "approvals may go ahead" if ready else "review before approvals",
                    "ok" if ready else "warn",
                    "rule",
                ),
                kpi(
                    "Data quality",
                    f"{client['quality_score']}/100" if client["quality_score"] is not None else "unknown",
                    "overall score",
                ),
                kpi("Waiting", str(len(waiting)), f"worth {points:.1f} points", "warn" if waiting else "ok"),
                kpi(
                    "Bank lines explained",
                    f"{settled / total:.0%}" if total else "none",
                    f"{settled:,} of {total:,}, last 90 days",
                ),
                kpi(
                    "Unmatched",
                    f"{matched.get('unmatched', 0):,}",
                    f"{matched.get('proposed', 0):,} with a likely match",
                    "warn" if matched.get("unmatched") else "ok",
                ),
            ]
        )
    )
    if not ready and client["readiness_reason"]:
        mount.html(f"<p>{text(client['readiness_reason'])}</p>")
    if scores:
        with st.expander("What the score is made of"):
            _composition(scope, client["client_id"], scores)


def _composition(scope: Scope, client_id: str, scores: Sequence[Row]) -> None:
    """The score by part, by rail and by day."""
    parts = [
        (
            plain(s["component"], QUALITY_PARTS),
            f"{s['score']}/100" if s["score"] is not None else "unknown",
            f"{s['lost_points'] or 0:.2f}",
            money(s["failing_minor"] or 0, s["currency_code"]),
            s["explanation"] or "",
        )
        for s in scores
    ]
    mount.html(html_table(("Part", "Score", "Points lost", "Cash flow lost", "Why"), parts, numeric=(1, 2, 3)))
    rails = [
        (
            plain(r["rail"], RAIL_NAMES),
            f"{r['quality_points']:.2f}",
            money(r["flow_minor"], r["currency_code"]),
            money(r["unproven_minor"], r["currency_code"]),
            money(r["uncategorized_minor"], r["currency_code"]),
            money(r["stale_minor"], r["currency_code"]),
        )
        for r in quality_rails(scope, client_id)
    ]
    if rails:
        head = ("Rail", "Score", "Cash flow, 90 days", "Not proven", "Not categorized", "Not fresh")
        mount.html(html_table(head, rails, numeric=(1, 2, 3, 4, 5)))
    days = quality_days(scope, client_id)
    if len(days) > 1:
        st.line_chart(
            pa.table(
                {
                    "Day": [d["score_date"] for d in days],
                    "Data quality": [d["quality_points"] for d in days],
                    "Readiness": [d["readiness_points"] for d in days],
                }
            ),
            x="Day",
            height=160,
        )
    frame.how_computed(["quality_score", "readiness_score", "score_points", "uncertainty_minor"], "hygiene")


def page() -> None:
    """Readiness and the ranked queue, with each item's evidence side by side and the decisions on it."""
    scope, client = frame.client_page("Hygiene")
    visit, client_id = frame.visit(), client["client_id"]
    frame.notice()
    items = _with_decisions(hygiene_items(scope, client_id), list(visit.plane.hygiene.list(visit.principal, client_id)))
    _readiness(scope, client, items)
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
        chosen = st.selectbox(
            "Item", list(by_id), format_func=lambda i: _title(by_id[i]) if i in by_id else i, key=f"item_of_{client_id}"
        )
        _one(scope, client_id, by_id[chosen])
