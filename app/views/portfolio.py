"""Portfolio: which of the firm's clients is at risk today."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.bars import portfolio_band
from app.components.cards import banner, client_cards, empty_state, kpi, kpi_row
from app.components.words import RAIL_NAMES, RUNWAY_STATUS, SYMBOLS, count, money_short, plain, runway_range, weeks
from app.queries.metrics import snapshot_row
from app.queries.portfolio import lowest_by_week, portfolio, portfolio_totals
from app.queries.rails import failed_rails
from app.queries.snapshot import Row, Scope
from app.views import frame, mode_panel

STATUS_FILTER = {"All": None, "At risk": "at_risk", "Watch": "watch", "On track": "on_track"}
STATUS_WORDS = ["At risk", "Watch", "On track", "Unknown"]
CARDS_ON_A_PHONE = 40


def _kpis(scope: Scope, rows: Sequence[Row]) -> str:
    totals = portfolio_totals(scope)
    main = totals[0]
    code = main["currency_code"]
    other = f", {code} only" if len(totals) > 1 else ""
    at_risk = sum(r["runway_status"] == "at_risk" for r in rows)
    review = sum(r["preflight"] == "needs_review" for r in rows)
    open_items = sum(r["hygiene_open_count"] for r in rows)
    return kpi_row(
        [
            kpi("At risk", str(at_risk), f"of {count(len(rows), 'client')}", "bad" if at_risk else "ok", "warning"),
            kpi(
                "Cash under care",
                money_short(main["cash_available_minor"], code),
                f"across {count(main['client_count'], 'client')}{other}",
            ),
            kpi(
                "Bills due in 7 days",
                money_short(main["ap_due_7d_minor"], code),
                f"{money_short(main['ap_overdue_minor'], code)} overdue",
                "warn" if main["ap_overdue_minor"] else "idle",
            ),
            kpi(
                "Receivables overdue",
                money_short(main["ar_overdue_minor"], code),
                f"of {money_short(main['ar_open_minor'], code)} open",
            ),
            kpi(
                "Clients to review",
                str(review),
                f"{count(open_items, 'open item')} in the trays",
                "warn" if review else "ok",
                "rule",
            ),
        ]
    )


def _failed(scope: Scope, rows: Sequence[Row]) -> None:
    failures = failed_rails(scope)
    if not failures:
        return
    names = {r["client_id"]: r["client_name"] for r in rows}
    said = "; ".join(
        f"{names.get(f['client_id'], f['client_id'])}, {plain(f['rail'], RAIL_NAMES)}: {f['reason']}"
        for f in failures[:4]
    )
    more = f"; and {len(failures) - 4} more on the Rail health page" if len(failures) > 4 else ""
    mount.html(banner("warn", f"{count(len(failures), 'connection')} failed to load, all others did", f"{said}{more}"))


def _matches(row: Row, status: str | None, find: str, mode: str | None, mode_title: str) -> bool:
    return (
        (status is None or row["runway_status"] == status)
        and (not find or find in f"{row['client_name']} {row['industry']}".lower())
        and (mode in (None, "Any") or mode_title == mode)
    )


def _range(row: Row) -> str:
    return runway_range(row.get("runway_days_low"), row.get("runway_days_high")).removeprefix("likely ")


def _table(rows: Sequence[Row], closes: dict[str, list[int]], titles: dict[str, str]) -> pa.Table:
    def whole(minor: int | None) -> int | None:
        return None if minor is None else round(minor / 100)

    return pa.table(
        {
            "Open": ["Open"] * len(rows),
            "Status": [[plain(r["runway_status"], RUNWAY_STATUS)] for r in rows],
            "Client": [r["client_name"] for r in rows],
            "Mode": [titles[r["client_id"]] for r in rows],
            "Runway": [weeks(r["runway_days"], r["runway_status"]) for r in rows],
            "Likely range": [_range(r) for r in rows],
            "Gap to buffer": [whole(r["gap_to_buffer_minor"]) for r in rows],
            "Cash": [whole(r["cash_available_minor"]) for r in rows],
            "Next 13 weeks": [[c / 100 for c in closes.get(r["client_id"], [])] for r in rows],
            "To review": [r["hygiene_open_count"] for r in rows],
            "Data score": [r["quality_score"] for r in rows],
            "Bills": [whole(r["ap_open_minor"]) for r in rows],
            "Receivables": [whole(r["ar_open_minor"]) for r in rows],
        }
    )


def _columns(rows: Sequence[Row]) -> dict[str, Any]:
    cc = st.column_config
    codes = {r["currency_code"] for r in rows}
    symbol = SYMBOLS.get(next(iter(codes)), "") if len(codes) == 1 else ""
    amount = f"{symbol}%,d"
    return {
        "Open": cc.ButtonColumn(
            "Open",
            type="tertiary",
            key="open_row",
            on_click=_open_row,
            args=([r["client_id"] for r in rows],),
            width=60,
        ),
        "Status": cc.MultiselectColumn(options=STATUS_WORDS, color=["red", "orange", "green", "gray"], width=90),
        "Client": cc.TextColumn(width=220),
        "Mode": cc.TextColumn(width=86, help="How closely the client is led: active, managed or silent."),
        "Runway": cc.TextColumn(
            width=126,
            help="Weeks that cash covers at the average net burn. Money in exceeds money out: not burning cash.",
        ),
        "Likely range": cc.TextColumn(
            width=118, help="Runway in eight of ten cases, by how far earlier forecasts were off thirteen weeks ahead."
        ),
        "Gap to buffer": cc.NumberColumn(
            format="%+,d", width=104, help="Cash available less reserves, less the client's buffer."
        ),
        "Cash": cc.NumberColumn(format=amount),
        "Next 13 weeks": cc.AreaChartColumn(color="blue", width=110),
        "To review": cc.NumberColumn(format="%d", width=76, help="Open items in the hygiene tray."),
        "Data score": cc.ProgressColumn(width=100, format="%d", min_value=0, max_value=100, color="gray"),
        "Bills": cc.NumberColumn(format=amount),
        "Receivables": cc.NumberColumn(format=amount),
    }


def _open_row(ids: list[str]) -> None:
    st.session_state["go_to_client"] = ids[st.session_state["open_row"].row]


def _open_choice() -> None:
    st.session_state["go_to_client"] = st.session_state["open_choice"]


def _go() -> None:
    client_id = st.session_state.pop("go_to_client", None)
    if client_id is None:
        return
    from app.navigation import landing_for

    frame.open_client(client_id)
    visit = frame.visit()
    pages, landing = st.session_state["pages"], landing_for(visit.principal.role)
    target = landing if landing in ("decisions", "hygiene", "digest") else "digest"
    mode = frame.modes().get(client_id)
    # A bookkeeper and a controller come for their own page; whoever advises is led by the client's mode.
    if target == "digest" and mode and mode.opens in pages:
        target = mode.opens
    st.switch_page(pages[target], query_params={"client": client_id})


@st.fragment
def _list(scope: Scope) -> None:
    rows = portfolio(scope)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        status = st.segmented_control(
            "Status", list(STATUS_FILTER), default="All", required=True, key="status", bind="query-params"
        )
        find = st.text_input(
            "Find a client",
            key="find",
            placeholder="Name or industry",
            icon=":material/search:",
            bind="query-params",
            width=230,
        )
        titles = {r["client_id"]: frame.mode_title(r) for r in rows}
        modes = sorted(set(titles.values()))
        mode = st.selectbox("Mode", ["Any", *modes], key="mode", bind="query-params", width=150)
        names = {r["client_id"]: r["client_name"] for r in rows}
        st.selectbox(
            "Open client",
            sorted(names, key=lambda i: names[i].lower()),
            index=None,
            format_func=lambda i: names.get(i, i),
            placeholder="Choose a client",
            key="open_choice",
            on_change=_open_choice,
            width=250,
        )
    sought = (find or "").strip().lower()
    shown = [r for r in rows if _matches(r, STATUS_FILTER[status or "All"], sought, mode, titles[r["client_id"]])]
    if st.session_state.get("go_to_client"):
        st.rerun()
    if not shown:
        mount.html(empty_state("No clients match these filters", "Clear the search or choose another status."))
        return
    closes = {r["client_id"]: r["closing_balances_minor"] for r in lowest_by_week(scope)}
    with st.container(key="wide_table"):
        st.dataframe(
            _table(shown, closes, titles),
            hide_index=True,
            row_height=36,
            key="clients",
            placeholder="no figure",
            column_config=_columns(shown),
            height=min(38 + 36 * len(shown), 640),
            alt=f"{count(len(shown), 'client')} by runway against buffer, worst first",
        )
    with st.container(key="narrow_cards"):
        mount.html(client_cards(shown[:CARDS_ON_A_PHONE]))


def page() -> None:
    """Firm totals, the split by runway, and the clients, worst first."""
    scope = frame.scope_or_stop()
    _go()
    rows = portfolio(scope)
    firm = snapshot_row(scope)
    frame.header("Portfolio", f"{firm['advisor_name'] if firm else ''}, {count(len(rows), 'client')}. {frame.as_of()}")
    if not rows:
        mount.html(empty_state("No clients are assigned to you", "A firm admin assigns clients to people."))
        return
    _failed(scope, rows)
    mode_panel.alerts(frame.modes(), rows)
    mount.html(_kpis(scope, rows))
    mount.html(portfolio_band(Counter(r["runway_status"] for r in rows)))
    frame.how_computed(["runway", "gap_to_buffer", "cash_available", "quality_score"], "portfolio")
    _list(scope)
