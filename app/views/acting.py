"""How a page acts: every act once, however often it is clicked, and its outcome said in the service's own words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.cards import banner
from app.components.decisions import outcome_rows
from app.components.words import count
from app.views import frame

KEY, RESULT = "form_key", "batch_result"
UNDONE = frozenset({"refused", "blocked"})
NOTE_MAX = 500


def form_key(visit: frame.Visit) -> str:
    """The key under which the next act of this page is done once. A double click sends it twice and acts once."""
    if KEY not in st.session_state:
        st.session_state[KEY] = visit.plane.payouts.open_form(visit.principal)
    key: str = st.session_state[KEY]
    return key


def list_hash(payloads: Mapping[str, str]) -> str:
    """What a list signs: SHA-256 over the payload hashes that the screen shows, sorted, a line each."""
    return hashlib.sha256("\n".join(sorted(payloads.values())).encode()).hexdigest()


def once(act: Callable[[], Any], done: str = "") -> None:
    """Run one act of the service; the next draw of the page opens a new form."""
    st.session_state.pop(KEY, None)
    with frame.said_plainly(done):
        act()


def batch(act: Callable[[Callable[[int, int, Any], None]], Any], said: str) -> None:
    """Run an act over a list with its progress in sight, and keep what became of each line for the next draw."""
    st.session_state.pop(KEY, None)
    bar = st.progress(0.0, text="Working through the list")
    with frame.said_plainly():
        result = act(lambda done, of, _line: bar.progress(done / of, text=f"{done} of {of}"))
        through = sum(line.outcome not in UNDONE for line in result.lines)
        st.session_state[RESULT] = (result, through)
        if through == len(result.lines):
            st.session_state["notice"] = ("info", "Done", f"{count(through, 'payout')} {said}.", [])
    bar.empty()


def last_result(names: Mapping[str, str]) -> None:
    """What became of each line of the list that was just decided, shown once it was not all plain sailing."""
    result, through = st.session_state.pop(RESULT, (None, 0))
    if result is None:
        return
    lines: Sequence[Any] = result.lines
    if any(line.outcome not in ("proposed", "approved", "released", "cancelled") for line in lines):
        title = f"{through} of {count(len(lines), 'line')} went through"
        mount.html(
            banner("info" if through else "bad", title, "Each line says what became of it and what would help.")
            + outcome_rows(lines, names)
        )


def reason_missing(reason: str) -> bool:
    """Whether a reason is missing; says so."""
    if reason.strip():
        return False
    said = "Say why in a few words; it is kept in the audit log."
    st.session_state["notice"] = ("bad", "A reason is needed", said, [])
    return True
