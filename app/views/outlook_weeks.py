"""The week tables of the outlook: weeks, flows by week, and the source lines behind every cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from app.components import mount
from app.components.exports import as_csv
from app.components.tables import html_table
from app.components.words import FLOWS, RAIL_NAMES, calm, chance, day, money, money_short, plain
from app.views import frame

ALL = "all"
EXPORTED = ("week_number", "flow", "label", "amount_minor", "expected_date", "basis", "source_rail", "source_id")


def week_table(base: Any, scenario: Any | None, code: str) -> str:
    """The coming weeks; with a scenario, and with bills that the books seem to lack, their closing balances beside.

    How likely a week closes below the buffer is said as things stand: a scenario has no odds of its own.
    """
    is_lacking = bool(base.suspected)
    extra = (*(("With the scenario",) if scenario is not None else ()),
             *(("With missing bills",) if is_lacking else ()))  # fmt: skip
    head = ("Week", "Starts", "Opening", "Money in", "Money out", "Closing", *extra, "Likely range",
            "Against buffer", "Chance below")  # fmt: skip
    body = []
    for n, week in enumerate(base.weeks):
        beside = (money(scenario.weeks[n].closing_minor, code),) if scenario is not None else ()
        if is_lacking:
            beside += (money(week.breach.with_missing_closing_minor, code) if week.breach else "",)
        likely = (
            f"{money_short(week.low_minor, code)} to {money_short(week.high_minor, code)}"
            if week.low_minor is not None
            else ""
        )
        body.append((
            str(week.week_number), day(week.start_date), money(week.opening_minor, code),
            money(week.inflow_minor, code), money(week.outflow_minor, code), money(week.closing_minor, code), *beside,
            likely,
            "Below" if week.is_below_buffer else "Above",
            _chance(week.breach, is_lacking),
        ))  # fmt: skip
    return html_table(head, body, numeric=tuple(range(2, 7 + len(extra))), whole=(1,), caption="The 13 coming weeks")


def _chance(breach: Any | None, is_lacking: bool) -> str:
    if breach is None:
        return ""
    with_them = f", {chance(breach.with_missing_probability)} with missing bills" if is_lacking else ""
    return chance(breach.probability) + with_them


def behind_a_cell(forecast: Any) -> None:
    """Flows by week as cells, and the lines of the one that is chosen, by a click or by the two lists."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0] * forecast.week_count)
    for line in forecast.lines:
        sums[line.flow][line.week_number - 1] += line.amount_minor
    flows = [flow for flow in FLOWS if flow in sums] + sorted(set(sums) - set(FLOWS))
    if not flows:
        mount.html('<p class="empty">No line is expected in these weeks.</p>')
        return
    starts = {week.week_number: week.start_date for week in forecast.weeks}
    with st.container(key="wide_table"):
        _matrix(flows, sums, starts, forecast.currency_code)
    with st.container(horizontal=True):
        number = st.selectbox("Week", list(starts), format_func=lambda n: f"Week {n}, from {day(starts[n])}",
                              key="outlook_week", width=300)  # fmt: skip
        flow = st.selectbox("Flow", [ALL, *flows], key="outlook_cell_flow", width=220,
                            format_func=lambda name: "All flows" if name == ALL else plain(name, FLOWS))  # fmt: skip
    lines = [one for one in forecast.lines if one.week_number == number and flow in (ALL, one.flow)]
    mount.html(line_table(lines, forecast.currency_code))


def _matrix(flows: Sequence[str], sums: dict[str, list[int]], starts: dict[int, Any], code: str) -> None:
    columns = {"Flow": [plain(flow, FLOWS) for flow in flows]}
    columns |= {
        day(start).split(" ", 1)[1]: [money_short(sums[flow][number - 1], code) for flow in flows]
        for number, start in starts.items()
    }
    names = list(columns)

    def chosen() -> None:
        cells = st.session_state["outlook_cells"]["selection"].get("cells") or []
        if cells:
            row, column = cells[0]
            st.session_state["outlook_cell_flow"] = flows[row]
            if column in names[1:]:
                st.session_state["outlook_week"] = names.index(column)

    st.dataframe(
        pa.table(columns), hide_index=True, key="outlook_cells", on_select=chosen, selection_mode="single-cell",
        alt=f"{len(flows)} flows by week; choose a cell to see its lines",
        column_config={"Flow": st.column_config.TextColumn(pinned=True)},
    )  # fmt: skip


def line_table(lines: Sequence[Any], code: str) -> str:
    """Source lines, the largest first; their sum is the cell."""
    if not lines:
        return '<p class="empty">No line is expected in this week.</p>'
    body = [
        (
            plain(one.flow, FLOWS), calm(one.label), day(one.expected_date) if one.expected_date else "Any day",
            money(one.amount_minor, code), one.basis, _source(one),
        )
        for one in sorted(lines, key=lambda one: (-abs(one.amount_minor), one.label))
    ]  # fmt: skip
    body.append(("Sum", "", "", money(sum(one.amount_minor for one in lines), code), "", ""))
    head = ("Flow", "What", "Expected", "Amount", "Why it is expected", "Source")
    return html_table(head, body, numeric=(3,), whole=(0, 2), total=True, caption="What stands behind it")


def _source(line: Any) -> str:
    """The rail, with the record's id where the line is one record and not a pattern of many."""
    if not line.source_rail:
        return "History"
    one = line.source_id.startswith(f"{line.source_rail}:") and line.source_id != f"{line.source_rail}:balance"
    name = plain(line.source_rail, RAIL_NAMES)
    return f"{name} {line.source_id.partition(':')[2]}" if one else name


def export(forecast: Any, client_id: str) -> None:
    """Every line as CSV, with the snapshot it is from."""
    lines = sorted(forecast.lines, key=lambda one: (one.week_number, one.flow, one.label))
    told = as_csv(
        ("snapshot_id", "as_of", "week_start", *EXPORTED, "currency_code"),
        (
            (forecast.snapshot_id, forecast.as_of, forecast.start_of(line.week_number),
             *(getattr(line, name) for name in EXPORTED), forecast.currency_code)
            for line in lines
        ),
    )  # fmt: skip
    st.download_button(
        "Export", told, file_name=f"outlook-{client_id}.csv", mime="text/csv", icon=":material/download:",
        key="outlook_export", on_click="ignore",
        help=f"Every source line of the coming weeks, {frame.as_of()}",
    )  # fmt: skip
