"""Drift: what was planned, what the bank posted, and the four parts of the difference, down to the payout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.cards import empty_state
from app.components.exports import as_csv
from app.components.tables import html_table
from app.components.words import count, money, plain
from app.queries.snapshot import Row, Scope
from app.queries.verification import drift, drift_lines

PARTS = (("timing_minor", "Timing"), ("amount_part_minor", "Amount"), ("missing_minor", "Missing"),
         ("unplanned_minor", "Unplanned"))  # fmt: skip
AMOUNTS = (("planned_minor", "Planned"), ("actual_minor", "Actual"), *PARTS)
EXPORTED = (
    "week_start_date", "kind", "label", "planned_minor", "actual_minor", *(name for name, _ in PARTS), "currency_code",
    "payout_id", "posting_id_plaid",
)  # fmt: skip
WEEKS_SHOWN = 13


def exported(lines: Sequence[Row]) -> str:
    """The lines of the drift as CSV text."""
    return as_csv(EXPORTED, ([line[c] for c in EXPORTED] for line in lines))


def drift_panel(scope: Scope, client_id: str, day: Callable[..., str]) -> None:
    """The newest weeks with their four parts, a week opened, and everything to take away."""
    st.header("Planned against actual cash")
    weeks = drift(scope, client_id)
    if not weeks:
        mount.html(
            empty_state(
                "Nothing to compare yet",
                "Weeks appear once a payout is signed, or a vendor is paid from the account that Ramp uses.",
            )
        )
        return
    shown = weeks[:WEEKS_SHOWN]
    head = ["Week of", "Planned", "Actual", "Drift", *(label for _, label in PARTS)]
    rows = [
        [day(w["week_start_date"]), *(_cents(w, name) for name in ("planned_minor", "actual_minor", "drift_minor")),
         *(_cents(w, name) for name, _ in PARTS)]
        for w in shown
    ]  # fmt: skip
    mount.html(html_table(head, rows, numeric=range(1, len(head)), whole=(0,), caption="Vendor payments by week"))
    mount.html(
        "<p class='muted small'>Money out is negative. Timing, amount, missing and unplanned add up to the drift, "
        "to the cent.</p>"
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        starts = list(dict.fromkeys(w["week_start_date"] for w in shown))
        chosen: date | None = st.selectbox(
            "Week", starts, format_func=lambda d: f"Week of {day(d)}", key=f"drift_week_{client_id}", width=230
        )
        st.download_button(
            "Export drift", exported(drift_lines(scope, client_id)), file_name=f"drift-{client_id}.csv",
            mime="text/csv", icon=":material/download:", key="drift_export", on_click="ignore",
        )  # fmt: skip
    _lines(drift_lines(scope, client_id, chosen))


def _cents(row: Row, name: str) -> str:
    """An amount to the cent, so that a reader can add the parts up; nothing where there is none."""
    return money(row[name], row["currency_code"], cents=True) if row[name] else ""


def _lines(lines: Sequence[Row]) -> None:
    columns: dict[str, Any] = {
        "What": [plain(line["kind"]) for line in lines],
        "Vendor": [line["label"] or "" for line in lines],
        **{label: [_cents(line, name) for line in lines] for name, label in AMOUNTS},
        "Payout": [(line["payout_id"] or "")[:8] for line in lines],
    }
    amount = st.column_config.TextColumn(alignment="right")
    st.dataframe(
        pa.table(columns),
        hide_index=True,
        row_height=36,
        height=min(38 + 36 * len(lines), 400),
        key="drift_table",
        alt=f"{count(len(lines), 'line')} of the week's drift, what did not go as planned first",
        column_config={label: amount for _, label in AMOUNTS} | {"Vendor": st.column_config.TextColumn(width=320)},
    )
