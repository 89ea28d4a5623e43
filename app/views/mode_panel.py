"""A client's advisor mode: what it means, who may change it, and which silent clients raise their hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.words import RUNWAY_STATUS, count, plain, text
from app.queries.snapshot import Row
from app.views import frame

SETS = frozenset({"advisor", "firm_admin"})
MODES = ("active", "managed", "silent")
# What a silent client's alert is raised for: cash against the buffer, or figures that nobody should decide on.
ALERTS = frozenset({"at_risk", "watch"})
SHOWN = 4


def mode_panel(visit: frame.Visit, client: Row) -> None:
    """The mode in a sentence, an alert where a silent client crossed a threshold, and the way to another mode."""
    now = frame.modes().get(client["client_id"])
    if now is None:  # Removed since the figures were published.
        return
    if why := alert_of(now, client):
        mount.html(banner("warn", "A threshold is crossed, and this client is in silent mode", f"{why}."))
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        mount.html(f"<span class='muted'><b>{text(now.title)} mode.</b> {text(now.what)}</span>", width="content")
        if visit.principal.role in SETS:
            with st.popover("Change the mode…", icon=":material/tune:"):
                st.segmented_control("Mode", MODES, default=str(now.mode), required=True, key="mode_wanted",
                                     format_func=str.capitalize)  # fmt: skip
                st.text_input("Why", key="mode_reason", max_chars=500, placeholder="Kept in the audit log")
                st.button("Change", key="do_mode", type="primary", on_click=_set, args=(visit, client["client_id"]))


def alert_of(mode: Any, client: Row) -> str:
    """Why a client whom nobody looks in on needs a look; empty when they do not."""
    if not mode.alerts:
        return ""
    found = [plain(client["runway_status"], RUNWAY_STATUS)] if client["runway_status"] in ALERTS else []
    if client["preflight"] == "needs_review":
        found.append(f"{count(client['hygiene_open_count'], 'item')} to review before deciding")
    return ", ".join(found)


def alerts(modes: Mapping[str, Any], rows: Sequence[Row]) -> None:
    """The portfolio's line for silent clients that crossed a threshold."""
    found = [
        (row, why) for row in rows if row["client_id"] in modes and (why := alert_of(modes[row["client_id"]], row))
    ]
    if not found:
        return
    said = "; ".join(f"{row['client_name']}: {why.lower()}" for row, why in found[:SHOWN])
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    mount.html(banner("warn", f"{count(len(found), 'silent client')} crossed a threshold", f"{said}{more}"))


def _set(visit: frame.Visit, client_id: str) -> None:
    with frame.said_plainly("The mode counts from now on."):
        visit.plane.clients.set_mode(
            visit.principal, client_id, str(st.session_state["mode_wanted"]), st.session_state.get("mode_reason") or ""
        )
