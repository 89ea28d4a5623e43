"""The one door by which HTML reaches a page. Components return strings; only this module hands them over.

Everything that stands in those strings was escaped by the component that wrote it (`words.text`).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


@cache
def _stylesheet() -> str:
    return (Path(__file__).parent / "style.css").read_text(encoding="utf-8")


def stylesheet() -> None:
    """Puts the shared stylesheet on the page; once per run, before anything else."""
    st.html(f"<style>{_stylesheet()}</style>")


def html(body: str, *, dialog: bool = False, **where: Any) -> None:
    """Mounts a component's HTML. A dialog stands outside the app root, so it is told the theme's scheme."""
    scheme = f' style="color-scheme:{st.context.theme.type or "light"}"' if dialog else ""
    st.html(f'<div class="rw"{scheme}>{body}</div>', **where)


def keep_session(ticket: str) -> None:
    """Trades a one-time ticket for the session cookie. The session token itself never meets the page's script."""
    if not ticket.isalnum():
        raise ValueError("a ticket is letters and digits only")
    st.html(
        f"<script>fetch('/session/keep',{{method:'POST',body:'{ticket}',credentials:'same-origin'}})</script>",
        unsafe_allow_javascript=True,
        width="content",
    )
