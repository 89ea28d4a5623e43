"""How ready a client's data is: the score, what it is made of, and what waits."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.cards import kpi, kpi_row
from app.components.tables import html_table
from app.components.words import QUALITY_PARTS, RAIL_NAMES, money, plain, text
from app.queries.hygiene import quality_days, quality_rails, quality_scores, reconciliation_counts
from app.queries.snapshot import Row, Scope
from app.views import frame


def readiness(scope: Scope, client: Row, items: Sequence[Row]) -> None:
    """The figures above the queue."""
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
