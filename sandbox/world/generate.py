"""Make a whole world: client after client, each from its own seed, into one file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

import orjson

from sandbox.world import bank_side, cash, defects, income, outlays, parties, payables, stripe_side
from sandbox.world.model import Client
from sandbox.world.store import WorldFile

FORMAT = "1"


def make_client(seed: int, position: int, months: int, end: date) -> Client:
    """One client's world; the same for any number of other clients."""
    client = Client(seed, position, months, end)
    parties.settle(client)
    payables.arise(client)
    defects.spoil_bills(client)
    payables.pay(client)
    payables.show(client)
    payables.edges(client)
    outlays.regular(client)
    outlays.card(client)
    defects.name_bills(client)
    out = income.monthly_outflow(client)
    parts = income.shares(client)
    wanted = round(out * 1.05)
    income.invoices(client, round(wanted * parts["invoices"]))
    income.daily_sales(client, round(wanted * parts["daily"]))
    stripe_side.sell(client, round(wanted * parts["stripe"] * 1.03))
    cash.steer(client, out)
    bank_side.show(client)
    return client


def generate(path: Path, *, clients: int, months: int, seed: int, end: date, firms: int = 1) -> None:
    """Write a world file; an earlier one under that name is replaced whole."""
    world = WorldFile(path)
    # 14:00 UTC is the firm's morning: the bank's night run is in, the day is still open.
    now = int(datetime.combine(end, time(14), UTC).timestamp())
    world.note(
        {
            "format": FORMAT,
            "seed": str(seed),
            "clients": str(clients),
            "months": str(months),
            "firms": str(firms),
            "end_date": end.isoformat(),
            "now": str(now),
            "start_at": str(now),
        }
    )
    names = ("Rowan & Cole Advisory", "Northgate CAS", "Bellwether Books", "Fairview Ledger")
    world.add(
        "firm", [(f"firm-{at + 1}", f"{names[at % 4]}{'' if at < 4 else f' {at + 1}'}") for at in range(firms)], 2
    )
    for position in range(clients):
        client = make_client(seed, position, months, end)
        profile = orjson.dumps(client.profile).decode()
        world.add("client", [(client.key, f"firm-{position % firms + 1}", position, profile)], 4)
        client.rows.sort(key=lambda row: row[:5])  # type: ignore[arg-type,return-value]
        world.add("object_version", client.rows, 11)
        world.add("truth_event", client.truth, 6)
        world.add("truth_defect", client.defects, 5)
        world.add("truth_ledger", client.ledger, 7)
    world.finish()
