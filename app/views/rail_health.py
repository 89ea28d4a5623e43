"""Rail health: how fresh each client's rails are, and which connection failed and why."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from app.components import mount
from app.components.cards import banner, empty_state, kpi, kpi_row
from app.components.chips import rail_age_hours, rail_state
from app.components.words import RAIL_NAMES, age, count, moment, plain
from app.queries.portfolio import portfolio
from app.queries.rails import firm_rail_health
from app.views import frame

STATES = ["Failed", "Stale", "Ageing", "Fresh", "Absent"]
FAILURES_NAMED = 8


def page() -> None:
    """Every connection of the firm's clients, failures first and in words."""
    import pyarrow as pa

    scope = frame.scope_or_stop()
    frame.header("Rail health", f"Each connection's last good load. {frame.as_of()}")
    now = frame.visit().now
    rows = firm_rail_health(scope)
    names = {r["client_id"]: r["client_name"] for r in portfolio(scope)}
    if not rows:
        mount.html(empty_state("No connections yet", "Connect a client's rails with `rowcol clients add`."))
        return
    seen = [(r, rail_state(r["status"], rail_age_hours(r["last_success_at"], now))) for r in rows]
    counts = Counter(state for _, state in seen)
    tones = {"failed": "bad", "stale": "warn", "ageing": "warn", "fresh": "ok", "absent": "idle"}
    mount.html(
        kpi_row(
            [
                kpi(
                    s,
                    str(counts.get(s.lower(), 0)),
                    "of " + count(len(seen), "connection"),
                    tones[s.lower()] if counts.get(s.lower()) else "idle",
                )
                for s in STATES
            ]
        )
    )
    failed = [r for r, state in seen if state == "failed"]
    for r in failed[:FAILURES_NAMED]:
        client_name = names.get(r["client_id"], r["client_id"])
        title = f"{client_name}: {plain(r['rail'], RAIL_NAMES)} failed ({plain(r['reason_code'])})"
        mount.html(
            banner(
                "warn",
                title,
                f"{r['reason']} Last good load {moment(r['last_success_at'])}. All other connections loaded.",
            )
        )
    wanted = st.segmented_control("Show", ["All", *STATES], default="All", required=True, key="rail_state")
    shown = [(r, s) for r, s in seen if wanted == "All" or s == (wanted or "").lower()]
    if not shown:
        mount.html(empty_state("No connection in this state", "Choose All to see the rest."))
        return
    data = pa.table(
        {
            "State": [[plain(s)] for _, s in shown],
            "Client": [names.get(r["client_id"], r["client_id"]) for r, _ in shown],
            "Rail": [plain(r["rail"], RAIL_NAMES) for r, _ in shown],
            "Last good": [age(rail_age_hours(r["last_success_at"], now)) for r, _ in shown],
            "Last attempt": [moment(r["last_attempt_at"]) for r, _ in shown],
            "Records": [r["record_count"] if s != "absent" else None for r, s in shown],
            "Why": [r["reason"] or ("Not connected" if s == "absent" else "") for r, s in shown],
        }
    )
    cc = st.column_config
    st.dataframe(
        data,
        hide_index=True,
        row_height=36,
        height=min(38 + 36 * len(shown), 640),
        key="rails_table",
        placeholder="",
        alt=f"{count(len(shown), 'connection')} by state, failed first",
        column_config={
            "State": cc.MultiselectColumn(options=STATES, color=["red", "orange", "orange", "green", "gray"], width=90),
            "Why": cc.TextColumn(width=360),
            "Client": cc.TextColumn(width=220),
            "Records": cc.NumberColumn(format="%,d"),
        },
    )
