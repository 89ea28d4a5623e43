"""Days for open bills: steadier weeks than paying on the due date or on receipt, none late, near the best there is.

python -m tests.bench bill_schedule

With ROWCOL_BENCH_WORLD and ROWCOL_BENCH_WAREHOUSE set, a world that is built already is scheduled.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median

import duckdb

from execution.domain.recurrence import first_reachable
from execution.scheduling.bills import CashWeek, Measures, OpenBill, Terms
from execution.scheduling.measuring import SIGMAS_OF_THE_BAND, measured, nets, volatility
from execution.scheduling.planning import plan
from execution.scheduling.windows import Option, cost_of, on_or_before, window
from tests.bench.result import Result

LEAD_DAYS = 2
LARGE = 200
LATE = "ours, were every vendor to allow a week"
Client = tuple[list[OpenBill], list[CashWeek], int, int]


def results() -> Iterator[Result]:
    """A world of forty clients: every open bill of every client, its day chosen three ways; then one large client."""
    from tests.bench.made_world import made_world

    with made_world(40, 12, 7, "default") as (_, warehouse, name):
        today, clients = read(warehouse)
        yield from compared(clients, first_reachable(today, LEAD_DAYS), name)
        yield large(clients, first_reachable(today, LEAD_DAYS))


def read(warehouse: Path) -> tuple[date, list[Client]]:
    """Each client with a projection: bills, weeks without them, opening balance and buffer."""
    with duckdb.connect(str(warehouse), read_only=True) as built:
        [(today,)] = built.execute("select distinct as_of_date from published.pub_snapshot").fetchall()
        reachable, clients = first_reachable(today, LEAD_DAYS), []
        for client_id, buffer in built.execute(
            "select client_id, buffer_minor from published.pub_clients order by client_id"
        ).fetchall():
            rows = built.execute(
                "select source_bill_id, vendor_name, open_minor, coalesce(bill_date, due_date), due_date"
                " from published.pub_open_bills where client_id = ? and due_date is not null and duplicate_of is null",
                [client_id],
            ).fetchall()
            bills = [OpenBill(*row, max(on_or_before(row[4]), reachable)) for row in rows]
            taken = dict(
                built.execute(
                    "select week_number, sum(amount_minor)::bigint from published.pub_cash_lines"
                    " where client_id = ? and flow = 'bills' and list_contains(?::varchar[], source_id) group by 1",
                    [client_id, [bill.bill_id for bill in bills]],
                ).fetchall()
            )
            weeks = built.execute(
                "select week_start_date, inflow_minor + outflow_minor, closing_balance_minor,"
                " closing_balance_minor_low, opening_balance_minor from published.pub_cash_weeks"
                " where client_id = ? and is_forecast order by week_number",
                [client_id],
            ).fetchall()
            if weeks and bills:
                found = [
                    CashWeek(start, net - taken.get(n, 0), round((close - (low or close)) / SIGMAS_OF_THE_BAND))
                    for n, (start, net, close, low, _) in enumerate(weeks, 1)
                ]
                clients.append((bills, found, weeks[0][4], buffer))
    return today, clients


def compared(clients: list[Client], reachable: date, name: str) -> Iterator[Result]:
    """The three ways over all clients; the swing that no choice of days could touch stands beside them."""
    by_way: dict[str, list[Measures]] = {"naive: on the due date": [], "naive: on receipt": [], "ours": [], LATE: []}
    gaps, spent, moved, bills_count, floor = [], [], 0, 0, []
    for bills, weeks, opening, buffer in clients:
        began = time.process_time()
        found = plan(bills, weeks, opening_minor=opening, buffer_minor=buffer, first_reachable=reachable)
        spent.append(time.process_time() - began)
        chosen = [bill for bill in bills if bill.bill_id not in found.left_out]
        early = [_option(bill, weeks, reachable) for bill in chosen]
        by_way["naive: on the due date"].append(found.before)
        by_way["naive: on receipt"].append(measured(weeks, chosen, early, opening, buffer))
        by_way["ours"].append(found.after)
        patient = [replace(bill, terms=Terms(days_late=7)) for bill in bills]
        late = plan(patient, weeks, opening_minor=opening, buffer_minor=buffer, first_reachable=reachable)
        by_way[LATE].append(late.after)
        gaps.append(found.gap)
        moved += sum(one.is_moved for one in found.dates)
        bills_count += len(found.dates)
        floor.append(volatility(nets(weeks, [], [])))
    due = [one.volatility_minor for one in by_way["naive: on the due date"]]
    for way, told in by_way.items():
        figures: dict[str, float | int | str] = {
            "weekly swing, all clients ($)": sum(one.volatility_minor for one in told) // 100,
            "against due date": 1 - sum(one.volatility_minor for one in told) / sum(due),
            "best client": max(1 - one.volatility_minor / base for one, base in zip(told, due, strict=True)),
            "chance of a breach, mean": sum(one.breach_chance for one in told) / len(told),
            "late": sum(one.late_count for one in told),
        }
        if way == "ours":
            figures |= {"bills": bills_count, "moved": moved, "widest gap": max(gaps),
                        "CPU ms, median": round(1000 * median(spent))}  # fmt: skip
        yield Result("Days for open bills", f"{name}, {len(clients)} with bills", way, figures)
    yield Result(
        "Days for open bills", f"{name}, {len(clients)} with bills", "the other lines alone, without any bill",
        {"weekly swing, all clients ($)": sum(floor) // 100},
        "payroll, receipts and rent swing by themselves; days of bills cannot move them",
    )  # fmt: skip


def large(clients: list[Client], reachable: date) -> Result:
    """One client that owes the bills of many: 200 of them over the weeks of all."""
    bills = [
        OpenBill(f"{n}:{bill.bill_id}", bill.vendor_name, bill.amount_minor, bill.bill_date, bill.due_date,
                 bill.planned_date)
        for n, (found, _, _, _) in enumerate(clients)
        for bill in found
    ][:LARGE]  # fmt: skip
    weeks = [
        CashWeek(same[0].start_date, sum(w.net_minor for w in same), max(w.spread_minor for w in same))
        for same in zip(*(weeks for _, weeks, _, _ in clients[:8]), strict=True)
    ]
    spent = []
    for _ in range(5):
        began = time.process_time()
        found = plan(bills, weeks, opening_minor=10**9, buffer_minor=0, first_reachable=reachable)
        spent.append(time.process_time() - began)
    return Result(
        "Days for open bills", f"one client, {len(bills)} bills", "ours",
        {"CPU ms, median": round(1000 * median(spent)), "widest gap": found.gap, "late": found.after.late_count,
         "against due date": 1 - found.after.volatility_minor / found.before.volatility_minor},
        "five runs; HiGHS within half a per cent of the variance",
    )  # fmt: skip


def _option(bill: OpenBill, weeks: list[CashWeek], reachable: date) -> Option:
    day = window(bill, reachable)[0]
    week = min(max((day - weeks[0].start_date).days // 7, 0), len(weeks) - 1)
    return Option(week, day, cost_of(bill, day), abs((day - bill.planned_date).days))
