"""What if: large items earlier, later or not at all, other changes by a form, and scenarios that people keep."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import streamlit as st

from app.components import mount
from app.components.outlook import BUCKETS, compare_rows, delta_cards, move_words, weeks_words
from app.components.words import calm, count, day, money_short
from app.views import acting, frame
from app.views.outlook_weeks import line_table

LARGE_ITEMS = 6
DELAYS = tuple(range(-4, 9))
KEEPS = frozenset({"bookkeeper", "controller", "advisor", "firm_admin", "analyst"})
KINDS = {"payroll": "Payroll", "price": "Prices", "lose_customer": "Lose a customer", "loan": "A new loan",
         "delay": "Any item earlier or later"}  # fmt: skip


def moves_of(client_id: str) -> list[dict[str, Any]]:
    """The moves that the page tries out for a client."""
    return st.session_state.setdefault(f"moves_{client_id}", [])


def scenario_panel(visit: frame.Visit, client_id: str, found: Any) -> None:
    """Everything about scenarios; `found` is the forecast with and without the moves of the page."""
    base, code = found.base, found.base.currency_code
    names = _names(base)
    with st.container(border=True, key="what_if"):
        st.header("What if")
        _large_items(client_id, base, names)
        if base.suspected:
            total = money_short(sum(line.amount_minor for line in base.suspected), code)
            st.toggle(f"Count {count(len(base.suspected), 'bill')} that the books seem to lack ({total})",
                      key=f"suspected_{client_id}", on_change=_toggle_suspected, args=(client_id,))  # fmt: skip
            with st.expander("Which bills, when and why"):
                mount.html(line_table(base.suspected, code))
        with st.container(horizontal=True):
            _new_change(client_id, base, names)
            _kept(visit, client_id, names)
        moves = moves_of(client_id)
        if moves:
            with st.container(horizontal=True):
                for n, move in enumerate(moves):
                    st.button(move_words(move, names, code), key=f"undo_move_{n}", icon=":material/close:",
                              help="Take this change out", on_click=_take_out, args=(client_id, n))  # fmt: skip
            mount.html(delta_cards(base.headline, found.scenario.headline, code))
            _saving(visit, client_id, moves)
        _comparing(visit, client_id, base, code)


def _names(base: Any) -> dict[str, str]:
    return {line.source_id: calm(line.label) for line in (*base.lines, *base.suspected)}


def _large_items(client_id: str, base: Any, names: dict[str, str]) -> None:
    sums: dict[str, int] = defaultdict(int)
    first: dict[str, int] = {}
    for line in base.lines:
        if not line.is_pattern:
            sums[line.source_id] += line.amount_minor
            first[line.source_id] = min(first.get(line.source_id, 99), line.week_number)
    large = sorted(sums, key=lambda one: (-abs(sums[one]), one))[:LARGE_ITEMS]
    if not large:
        mount.html('<p class="empty">No open bill or receivable comes in these weeks.</p>')
    moves = moves_of(client_id)
    delays = {move["source_id"]: move["weeks"] for move in moves if move["kind"] == "delay"}
    dropped = {move["source_id"] for move in moves if move["kind"] == "drop"}
    for left, right in zip(large[::2], [*large[1::2], None], strict=False):
        for column, item in zip(st.columns(2), (left, right), strict=True):
            if item is None:
                continue
            with column, st.container(horizontal=True, vertical_alignment="bottom"):
                amount = money_short(sums[item], base.currency_code)
                label = f"{names[item]}, {amount}, week of {day(base.start_of(first[item]))}"
                st.selectbox(label, DELAYS, index=DELAYS.index(_within(delays.get(item, 0))), format_func=weeks_words,
                             key=f"delay_{client_id}_{item}", on_change=_item, args=(client_id, item))  # fmt: skip
                st.checkbox("Counts", value=item not in dropped, key=f"counts_{client_id}_{item}", on_change=_item,
                            args=(client_id, item))  # fmt: skip


def _within(weeks: int) -> int:
    return min(max(weeks, DELAYS[0]), DELAYS[-1])


def _item(client_id: str, item: str) -> None:
    moves = moves_of(client_id)
    moves[:] = [move for move in moves if move.get("source_id") != item]
    if weeks := st.session_state[f"delay_{client_id}_{item}"]:
        moves.append({"kind": "delay", "source_id": item, "weeks": weeks})
    if not st.session_state[f"counts_{client_id}_{item}"]:
        moves.append({"kind": "drop", "source_id": item})


def _toggle_suspected(client_id: str) -> None:
    moves = moves_of(client_id)
    moves[:] = [move for move in moves if move["kind"] != "suspected"]
    if st.session_state[f"suspected_{client_id}"]:
        moves.append({"kind": "suspected"})


def _take_out(client_id: str, number: int) -> None:
    _set(client_id, [move for n, move in enumerate(moves_of(client_id)) if n != number])


def _set(client_id: str, moves: list[dict[str, Any]]) -> None:
    """Other moves than the widgets show: they are drawn anew."""
    st.session_state[f"moves_{client_id}"] = moves
    for key in [str(key) for key in st.session_state]:
        if key.startswith((f"delay_{client_id}_", f"counts_{client_id}_")):
            del st.session_state[key]
    st.session_state[f"suspected_{client_id}"] = any(move["kind"] == "suspected" for move in moves)


def _new_change(client_id: str, base: Any, names: dict[str, str]) -> None:
    with st.popover("Add a change…", icon=":material/add:"):
        kind = st.selectbox("What changes", list(KINDS), format_func=KINDS.__getitem__, key="change_kind")
        if kind in ("payroll", "price"):
            if kind == "price":
                st.selectbox("Of what", list(BUCKETS), format_func=BUCKETS.__getitem__, key="change_bucket")
            st.number_input("By per cent", -100, 1000, 10, key="change_percent")
        elif kind == "lose_customer":
            customers = base.customer_percent
            if not customers:
                mount.html('<p class="empty">No customer owes this client anything.</p>', dialog=True)
                return
            customer = st.selectbox("Customer", list(customers), key="change_customer")
            st.number_input("Per cent of usual receipts", 0, 100, customers[customer], key=f"change_usual_{customer}")
        elif kind == "loan":
            st.number_input(f"Amount ({base.currency_code})", 1.0, 1e9, 50_000.0, key="change_draw")
            st.number_input("Drawn in week", 1, 13, 1, key="change_draw_week")
            st.number_input(f"Each repayment ({base.currency_code})", 0.0, 1e9, 0.0, key="change_repayment")
            st.number_input("First repayment in week", 1, 13, 5, key="change_first_week")
            st.number_input("Repaid every … weeks", 1, 13, 4, key="change_every")
        else:
            items = {line.source_id: names[line.source_id] for line in base.lines if not line.is_pattern}
            if not items:
                return
            st.selectbox("Item", sorted(items, key=lambda one: items[one]), format_func=items.__getitem__,
                         key="change_item")  # fmt: skip
            st.number_input("Weeks later (earlier when negative)", -13, 13, 2, key="change_weeks")
        if kind in ("payroll", "price", "lose_customer"):
            st.number_input("From week", 1, 13, 1, key="change_from")
        st.button("Add the change", key="do_add_change", type="primary", on_click=_add, args=(client_id, kind))


def _add(client_id: str, kind: str) -> None:
    given = st.session_state
    made: dict[str, Any] = {"kind": kind}
    if kind in ("payroll", "price"):
        made |= {"percent": int(given["change_percent"])} | (
            {"bucket": given["change_bucket"]} if kind == "price" else {}
        )
    elif kind == "lose_customer":
        customer = given["change_customer"]
        made |= {"customer": customer, "usual_percent": int(given[f"change_usual_{customer}"])}
    elif kind == "loan":
        made |= {"draw_minor": round(given["change_draw"] * 100), "draw_week": int(given["change_draw_week"]),
                 "repayment_minor": round(given["change_repayment"] * 100),
                 "first_week": int(given["change_first_week"]), "every_weeks": int(given["change_every"])}  # fmt: skip
    else:
        made |= {"source_id": given["change_item"], "weeks": int(given["change_weeks"])}
    if kind in ("payroll", "price", "lose_customer"):
        made["from_week"] = int(given["change_from"])
    same = [move for move in moves_of(client_id) if move.get("source_id", "") != made.get("source_id", made)]
    _set(client_id, [*same, made])


def _saving(visit: frame.Visit, client_id: str, moves: list[dict[str, Any]]) -> None:
    if visit.principal.role not in KEEPS:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Keep it as", key="scenario_name", max_chars=100, placeholder="Without Globex", width=300)
        st.button("Keep the scenario", key="do_save_scenario", icon=":material/save:", on_click=_save,
                  args=(visit, client_id, list(moves), acting.form_key(visit)))  # fmt: skip


def _save(visit: frame.Visit, client_id: str, moves: list[dict[str, Any]], key: str) -> None:
    name = str(st.session_state.get("scenario_name") or "")
    save = visit.plane.outlook.save_scenario
    acting.once(lambda: save(visit.principal, client_id, name, moves, once=key), f"Kept as {name.strip()}.")


def _kept(visit: frame.Visit, client_id: str, names: dict[str, str]) -> None:
    kept = list(visit.plane.outlook.scenarios(visit.principal, client_id))
    gone = st.session_state.get(f"scenario_gone_{client_id}")
    if gone is not None:
        st.button(f"Bring {gone[1]} back", key="do_restore_scenario", icon=":material/undo:", on_click=_restore,
                  args=(visit, client_id, gone[0]))  # fmt: skip
    if not kept:
        return
    by_id = {one.scenario_id: one for one in kept}
    with st.popover("Kept scenarios…", icon=":material/folder_open:"):
        chosen = st.selectbox("Scenario", list(by_id), format_func=lambda one: by_id[one].name, key="scenario_chosen")
        one = by_id[chosen]
        st.caption(f"{one.made_by_name}, {frame.moment(one.changed_at)}: {count(len(one.moves), 'change')}")
        with st.container(horizontal=True):
            st.button("Open", key="do_open_scenario", type="primary", on_click=_set,
                      args=(client_id, [dict(move) for move in one.moves]))  # fmt: skip
            if visit.principal.role in KEEPS:
                st.button("Delete", key="do_delete_scenario", on_click=_delete, args=(visit, client_id, one))


def _delete(visit: frame.Visit, client_id: str, one: Any) -> None:
    delete = visit.plane.outlook.delete_scenario
    acting.once(lambda: delete(visit.principal, client_id, one.scenario_id), f"{one.name} is deleted.")
    st.session_state[f"scenario_gone_{client_id}"] = (one.scenario_id, one.name)


def _restore(visit: frame.Visit, client_id: str, scenario_id: str) -> None:
    restore = visit.plane.outlook.restore_scenario
    acting.once(lambda: restore(visit.principal, client_id, scenario_id), "It is back.")
    st.session_state.pop(f"scenario_gone_{client_id}", None)


def _comparing(visit: frame.Visit, client_id: str, base: Any, code: str) -> None:
    kept: Sequence[Any] = list(visit.plane.outlook.scenarios(visit.principal, client_id))
    if not kept:
        return
    by_id = {one.scenario_id: one.name for one in kept}
    known = [one for one in st.session_state.get("compared", []) if one in by_id]
    st.session_state["compared"] = known
    chosen = st.multiselect("Compare", list(by_id), key="compared", format_func=by_id.__getitem__, max_selections=6,
                            placeholder="Choose kept scenarios")  # fmt: skip
    if chosen:
        found = visit.plane.outlook.compare(visit.principal, client_id, chosen)
        mount.html(compare_rows(base.headline, found, code))
