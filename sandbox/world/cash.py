"""The client's own hand on its cash: moves between accounts and owner's draws, so that balances stay believable."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

from sandbox.world.calendar import bank_day, bank_days_after, days, months
from sandbox.world.model import CHECKING, OWNER, SAVINGS, Client, Flow
from sandbox.world.shapes import qbo

# Days of outflow in the bank at the end of the story, by how the client stands.
_DAYS_AT_END = {"healthy": 42, "watch": 20, "risk": 9}
# Days of outflow that lie on the savings account when the story begins.
_DAYS_SAVED = {"healthy": 45, "watch": 6, "risk": 2}
_HANDS_OFF = 75


def steer(client: Client, monthly_out: int) -> None:
    """Choose opening balances and monthly moves; all figures in cents."""
    daily = monthly_out / 30.4
    target = round(daily * _DAYS_AT_END[client.standing] * client.random.uniform(0.9, 1.15))
    usual = round(daily * 35)
    client.profile["buffer_minor"] = round(daily * 14 / 100_000) * 100_000
    moved: dict[date, int] = defaultdict(int)
    for flow in client.flows:
        moved[flow.day] += flow.cents
    first = _paths(client, moved)
    opening = max(usual, -min(first.values()) // 8 + usual)
    client.openings = {"operating": opening, "savings": round(daily * _DAYS_SAVED[client.standing])}
    balance, reserve = opening, client.openings["savings"]
    checks = {bank_day(month + timedelta(days=4)) for month in months(client.first, client.last)}
    quiet_from, quiet_to = client.end - timedelta(days=_HANDS_OFF), client.end + timedelta(days=1)
    late_check = bank_days_after(client.end, -2)
    last_check = max(day for day in checks if day <= quiet_from)
    for day in days(client.first, client.last):
        if day in checks and (day <= last_check or day > quiet_to):
            if day == last_check:
                ahead = sum(moved[one] for one in days(day, client.end))
                lowest = _lowest(moved, day, client.end)
                change = max(target - balance - ahead, round(daily * 4) - balance - lowest)
            else:
                lowest = balance + _lowest(moved, day, day + timedelta(days=32))
                change = usual - lowest if lowest < usual * 0.5 or lowest > usual * 1.4 else 0
            change = round(change / 50_000) * 50_000
            reserve += _move(client, day, change, reserve)
            balance += change
        if day == late_check and client.standing != "healthy":
            # A lump of income may have undone the plan: what is too much for the standing goes to the owner.
            ahead, lowest = sum(moved[one] for one in days(day, client.end)), _lowest(moved, day, client.end)
            change = max(target - balance - ahead, round(daily * 3) - balance - lowest)
            if change < -target // 8:
                change = round(change / 50_000) * 50_000
                reserve += _move(client, day, change, reserve)
                balance += change
        balance += moved[day]


def _paths(client: Client, moved: dict[date, int]) -> dict[date, int]:
    total, path = 0, {}
    for day in days(client.first, client.last):
        total += moved[day]
        path[day] = total
    return path


def _lowest(moved: dict[date, int], first: date, last: date) -> int:
    total, lowest = 0, 0
    for day in days(first, last):
        total += moved[day]
        lowest = min(lowest, total)
    return lowest


def _move(client: Client, day: date, change: int, reserve: int) -> int:
    """Bring `change` into the operating account; answers what savings gained."""
    if not change:
        return 0
    if (change > 0 and reserve < change) or (
        change < 0 and (client.standing != "healthy" or client.random.random() < 0.6)
    ):
        event, number = client.event(), client.ids.qbo()
        kind, text = (
            ("owner_contribution", "OWNER CAPITAL DES:WIRE IN")
            if change > 0
            else ("owner_draw", "OWNER DRAW DES:WIRE OUT")
        )
        client.flows.append(Flow(event, day, change, kind, "Owner", text, text))
        at = client.at(client.books_day(day + timedelta(days=1), 1, 4))
        source, goal = (OWNER, CHECKING) if change > 0 else (CHECKING, OWNER)
        body = qbo.journal_entry(
            number,
            day,
            f"JE-{number}",
            [(goal, abs(change))],
            [(source, abs(change))],
            "Owner",
            created_at=at,
            updated_at=at,
        )
        client.put("qbo", "JournalEntry", number, [(at, body)], cents=abs(change))
        client.tie(event, kind, "qbo", "JournalEntry", number)
        return 0
    event, number = client.event(), client.ids.qbo()
    for account, cents in (("operating", change), ("savings", -change)):
        client.flows.append(
            Flow(
                event,
                day,
                cents,
                "own_transfer",
                "Own account",
                "ONLINE TRANSFER",
                f"ONLINE TRANSFER {'FROM' if cents > 0 else 'TO'} BUSINESS ACCT",
                account=account,
                category=("TRANSFER_OUT", "TRANSFER_OUT_ACCOUNT_TRANSFER"),
            )
        )
    source, goal = (SAVINGS, CHECKING) if change > 0 else (CHECKING, SAVINGS)
    at = client.at(client.books_day(day + timedelta(days=1), 0, 3))
    body = qbo.transfer(number, day, abs(change), source, goal, "Own transfer", created_at=at, updated_at=at)
    client.put("qbo", "Transfer", number, [(at, body)], cents=abs(change))
    client.tie(event, "own_transfer", "qbo", "Transfer", number)
    return -change
