"""Audit log: who decided what, when, on which inputs; and proof that nothing was altered."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.cards import banner, empty_state
from app.components.payouts import action_word, state_word
from app.components.tables import figures
from app.components.words import ROLES, count, moment, money, plain, process, text
from app.queries.portfolio import clients
from app.views import frame

PAGE_ROWS = 200
EXPORTS = frozenset({"firm_admin", "auditor"})  # The service decides; here it spares others a link that refuses them.


def _verify() -> None:
    visit = frame.visit()
    with frame.said_plainly():
        st.session_state["audit_reports"] = list(visit.plane.audit.verify(visit.principal.advisor_id))


def _reports() -> None:
    for report in st.session_state.get("audit_reports", []):
        if report.ok:
            mount.html(
                banner(
                    "info",
                    f"Chain {report.chain_id} is whole",
                    f"{count(report.events, 'event')} checked, each bound to the one before it.",
                )
            )
        else:
            mount.html(
                banner(
                    "bad",
                    f"Chain {report.chain_id} is broken at event {report.first_bad_seq}",
                    f"{report.problem}. Keep the database as it is and tell the firm admin.",
                )
            )


def _on(event: Any, names: dict[str, str]) -> str:
    """What an event is about: a payout by its vendor and amount, a client by its name."""
    subject = str(event.subject_id or "")
    short = subject[:8] if len(subject) >= 32 else subject[:40]
    return names.get(subject) or f"{plain(event.subject_kind)} {short}".strip()


def _states(event: Any) -> tuple[str, str]:
    """From and to, in words; nothing where the event moved no state."""
    if event.from_state == event.to_state:
        return "", ""
    return tuple(state_word(s) if s else "" for s in (event.from_state, event.to_state))


def _table(events: list[Any], names: dict[str, str]) -> None:
    data = pa.table(
        {
            "No.": [e.seq for e in events],
            "When": [moment(e.at) for e in events],
            "Who": [process(e.actor_name) for e in events],
            "Role": ["" if e.actor_role == e.actor_name else plain(e.actor_role, ROLES) for e in events],
            "What": [action_word(e.action) for e in events],
            "On": [_on(e, names) for e in events],
            "From": [_states(e)[0] for e in events],
            "To": [_states(e)[1] for e in events],
            "Hash": [str(e.hash)[:12] for e in events],
        }
    )
    st.dataframe(
        data,
        hide_index=True,
        row_height=36,
        height=min(38 + 36 * len(events), 560),
        key="audit_table",
        alt=f"{count(len(events), 'audit event')}, newest first",
        column_config={
            "On": st.column_config.TextColumn(width=300),
            "What": st.column_config.TextColumn(width=170),
            "No.": st.column_config.NumberColumn(width=60),
        },
    )


def _packs(payouts: dict[str, str]) -> None:
    """Links to the packs: everything, one payout, a period. Each download is an event of its own."""
    st.link_button("The whole log", "/evidence/audit.zip", icon=":material/folder_zip:")
    payout_id = st.selectbox(
        "One payout", ["", *payouts], format_func=lambda i: payouts.get(i, "Choose a payout"), key="audit_pack_payout"
    )
    if payout_id:
        st.link_button("Pack of this payout", f"/evidence/audit.zip?payout={quote(payout_id)}")
    days = st.date_input("A period, both days included (UTC)", value=(), key="audit_pack_days")
    if isinstance(days, tuple) and len(days) == 2:
        st.link_button("Pack of this period", f"/evidence/audit.zip?from={days[0]}&to={days[1]}")


def _searchable(event: Any, names: dict[str, str]) -> str:
    parts = (event.actor_name, event.action, action_word(event.action), event.subject_id, _on(event, names))
    return " ".join(str(p) for p in (*parts, event.to_state)).lower()


def page() -> None:
    """Events with filters, the check of the chain, an export, and each event with its inputs."""
    scope = frame.scope_or_stop()
    visit = frame.visit()
    frame.header("Audit log", f"Every decision and refusal, as written. {frame.as_of()}")
    names = {c["client_id"]: c["client_name"] for c in clients(scope)}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        client_id = st.selectbox(
            "Client", ["", *names], format_func=lambda i: names.get(i, "All clients"), key="audit_client", width=260
        )
        find = st.text_input(
            "Find", key="audit_find", placeholder="Person, action or id", icon=":material/search:", width=240
        )
        st.button("Verify the chain", icon=":material/verified:", on_click=_verify)
        narrowed = f"?client={quote(client_id)}" if client_id else ""
        st.link_button("Export CSV", f"/evidence/audit.csv{narrowed}", icon=":material/download:")
        packs = st.empty()
    frame.notice()
    _reports()
    events = list(visit.plane.audit.events(visit.principal, client_id=client_id or None, limit=PAGE_ROWS))
    paid = visit.plane.payouts.list(visit.principal, client_id=client_id or None)
    subjects = names | {
        p.payout_id: f"{p.vendor_name}, {money(p.amount_minor, p.currency_code, cents=True)}" for p in paid
    }
    if visit.principal.role in EXPORTS:
        with packs, st.popover("Evidence pack", icon=":material/folder_zip:"):
            _packs({payout_id: name for payout_id, name in subjects.items() if payout_id not in names})
    wanted = (find or "").strip().lower()
    if wanted:
        events = [e for e in events if wanted in _searchable(e, subjects)]
    if not events:
        mount.html(empty_state("No events match", "Clear the search, or choose all clients."))
        return
    _table(events, subjects)
    with st.container(border=True):
        st.header("One event in full")
        by_seq = {e.seq: e for e in events}
        seq = st.selectbox(
            "Event",
            list(by_seq),
            format_func=lambda s: (
                f"{s}: {action_word(by_seq[s].action)}, {process(by_seq[s].actor_name)}" if s in by_seq else str(s)
            ),
            key="audit_event",
        )
        event = by_seq[seq]
        mount.html(
            figures(
                [
                    ("When", moment(event.at), ""),
                    ("Who", process(event.actor_name), plain(event.actor_role, ROLES)),
                    ("What", action_word(event.action), str(event.action)),
                    ("On", _on(event, subjects), str(event.subject_id or "")),
                    ("Hash", str(event.hash), ""),
                ]
            )
            + f"<p><b>Inputs</b></p><pre>{text(json.dumps(event.inputs, indent=2, sort_keys=True, default=str))}</pre>"
        )
