"""How good the published forecasts were: our error beside three plain rules, per flow and distance."""

from __future__ import annotations

import streamlit as st

from app.components import mount
from app.components.exports import as_csv
from app.components.tables import html_table
from app.components.words import FLOWS, count, money_short, plain
from app.queries.forecast_accuracy import OURS, RULES, forecast_accuracy
from app.queries.snapshot import Row, Scope
from app.views import frame

DISTANCES = {"All 13 weeks": (1, 13), "Week 1": (1, 1), "Weeks 2 to 4": (2, 4), "Weeks 5 to 13": (5, 13)}
BUCKETS = FLOWS | {"all": "All cash", "other_in": "Other money in", "other_out": "Other money out"}
METHODS = dict(zip((OURS, *RULES), ("Ours", "Due-date rule", "Same week last year", "Mean of 13 weeks"), strict=True))
EXPORTED = ("bucket", "forecast_count", "actual_minor", *METHODS, "currency_code")


def miss(row: Row, name: str) -> str:
    """A method's misses as a share of what moved; blank where nothing moved."""
    return f"{row[name] / row['actual_minor']:.0%}" if row["actual_minor"] else ""


def best(row: Row) -> str:
    """Which method was off least; ours where it ties."""
    return METHODS[min(METHODS, key=lambda name: row[name])]


def accuracy_panel(scope: Scope, client_id: str) -> None:
    """The panel, or the reason why nothing is scored yet."""
    with st.container(border=True):
        st.header("How good the forecasts were")
        if not forecast_accuracy(scope, client_id):
            mount.html(
                '<p class="empty">Nothing is scored yet. Each published forecast is kept, and a week after the first '
                "one its first week is held against what the bank posted.</p>"
            )
            return
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
            chosen = st.segmented_control("Distance", list(DISTANCES), default="All 13 weeks", required=True,
                                          key="accuracy_distance")  # fmt: skip
            rows = forecast_accuracy(scope, client_id, *DISTANCES[chosen or "All 13 weeks"])
            st.download_button(
                "Export", as_csv(EXPORTED, ([row[c] for c in EXPORTED] for row in rows)),
                file_name=f"forecast-accuracy-{client_id}.csv", mime="text/csv",
                icon=":material/download:", key="accuracy_export", on_click="ignore",
                help=f"These figures as a table, {frame.as_of()}",
            )  # fmt: skip
        if not rows:
            mount.html('<p class="empty">No week at this distance is over yet.</p>')
            return
        mount.html(
            f'<p class="muted small">{count(rows[0]["forecast_count"], "weekly forecast")} scored. Each figure is what '
            "a method missed by, as a share of the cash that moved; less is better.</p>"
        )
        body = [
            (plain(row["bucket"], BUCKETS), money_short(row["actual_minor"], row["currency_code"]),
             *(miss(row, name) for name in METHODS), best(row))
            for row in rows
        ]  # fmt: skip
        head = ("Flow", "Moved", *METHODS.values(), "Least off")
        mount.html(html_table(head, body, numeric=tuple(range(1, 6)), whole=(0,), caption="Misses by flow and method"))
        frame.how_computed(["forecast_error"], "forecast_accuracy")
