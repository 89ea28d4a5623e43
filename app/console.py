"""The console's server: `streamlit run app/console.py`.

Warms the pages before the first visitor, freezes what it loaded, and serves the two authorised documents
(dbt docs, audit export) beside the pages.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from app.evidence import ROUTES, SecurityHeaders
from app.settings import Settings, is_loopback

log = logging.getLogger("rowcol.console")


def refuse_demo_beyond_loopback() -> None:
    """Raises SystemExit when demo mode is asked for on an address that others can reach."""
    address = st.get_option("server.address")
    if Settings.from_env().is_demo and not is_loopback(address):
        raise SystemExit(
            f"ROWCOL_MODE=demo signs people in without a password, so it runs on 127.0.0.1 only; "
            f"server.address is {address!r}. Set --server.address 127.0.0.1, or ROWCOL_MODE=live."
        )


@asynccontextmanager
async def warm(_: st.App) -> AsyncIterator[dict[str, object]]:
    """Imports what every page needs before the first visit, so no visitor pays for it."""
    refuse_demo_beyond_loopback()
    import duckdb
    import pandas  # noqa: F401
    import pyarrow  # noqa: F401

    import app.navigation  # noqa: F401

    duckdb.connect(":memory:").execute("select 1").close()
    gc.collect()
    # What is loaded by now lives as long as the server; a collector that walks it on every run costs 100 ms.
    gc.freeze()
    yield {}


def report(error: Exception) -> bool:
    """Logs an uncaught error under a short reference and shows the reader that reference."""
    from app.views.frame import error_card

    error_card(error, log)
    return True


app = st.App(
    Path(__file__).parent / "session_script.py",
    lifespan=warm,
    routes=ROUTES,
    middleware=[Middleware(SecurityHeaders)],
    on_script_error=report,
)
