"""What changed since an earlier forecast: the bridge to the cent, its lines, and what surprised most."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from app.components import mount
from app.components.outlook import bridge_rows, part_rows, surprise_cards
from app.components.words import day, moment
from app.views import frame


def revision_panel(visit: frame.Visit, client_id: str, code: str) -> None:
    """The panel, or the reason why there is nothing to compare with yet."""
    from execution import errors

    outlook, who = visit.plane.outlook, visit.principal
    with st.container(border=True):
        st.header("What changed since")
        kept = list(outlook.earlier_forecasts(who, client_id))
        if not kept:
            mount.html('<p class="empty">This is the first forecast; the next one is compared with it.</p>')
            return
        since = st.selectbox("Forecast of", kept, format_func=_when, key="revision_since", width=300)
        try:
            found = outlook.revision(who, client_id, since)
            asked = st.session_state.get("revision_week")
            chosen = asked if asked in found.weeks else found.weeks[-1]
            st.session_state["revision_week"] = chosen
            if chosen != found.weeks[-1]:
                found = outlook.revision(who, client_id, since, chosen)
        except (errors.StaleData, errors.Invalid) as problem:
            mount.html(f'<p class="empty">{frame.text(str(problem))}</p>')
            return
        mount.html('<span class="muted small">What surprised most</span>' + surprise_cards(found.surprises, code))
        st.selectbox("By the end of", list(found.weeks), format_func=lambda d: f"The week of {day(d)}",
                     key="revision_week", width=300)  # fmt: skip
        mount.html(bridge_rows(found.bridge, code))
        if found.bridge.parts:
            with st.expander(f"Line by line, {len(found.bridge.parts)}"):
                mount.html(part_rows(found.bridge.parts, code))


def _when(snapshot_id: str) -> str:
    """A snapshot is named after the instant at which it was published."""
    for shape in ("%Y%m%dT%H%M%S%fZ", "s%Y%m%dT%H%M"):
        try:
            return moment(datetime.strptime(snapshot_id, shape).replace(tzinfo=UTC))
        except ValueError:
            continue
    return snapshot_id
