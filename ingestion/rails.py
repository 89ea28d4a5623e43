"""The list of rails: what each lands and how one connection of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ingestion import plaid, qbo, ramp, stripe
from ingestion.connections import Connection, TokenStore
from ingestion.contract import Table
from ingestion.errors import UnknownRail
from ingestion.spill import Spill
from ingestion.transport import Line


class Read(Protocol):
    """Reads what changed on one connection since its cursor and returns the next cursor."""

    def __call__(
        self,
        connection: Connection,
        line: Line,
        spill: Spill,
        cursor: Mapping[str, Any],
        as_of: datetime,
        tokens: TokenStore | None,
    ) -> dict[str, Any]:
        """Read into `spill`; raises ConnectionFailed."""
        ...


@dataclass(frozen=True)
class Rail:
    """One rail: its name, its raw tables and its reader."""

    name: str
    tables: Mapping[str, Table]
    read: Read

    @property
    def schema(self) -> str:
        """The warehouse schema that it lands in."""
        return f"raw_{self.name}"


BY_NAME: dict[str, Rail] = {
    "qbo": Rail("qbo", qbo.TABLES, qbo.read),
    "ramp": Rail("ramp", ramp.TABLES, ramp.read),
    "plaid": Rail("plaid", plaid.TABLES, plaid.read),
    "stripe": Rail("stripe", stripe.TABLES, stripe.read),
}
RAILS: tuple[str, ...] = tuple(BY_NAME)


def rail_named(name: str) -> Rail:
    """A rail by its name; UnknownRail names the known ones."""
    if name not in BY_NAME:
        raise UnknownRail(f"{name!r} is no rail of ours; the rails are {', '.join(RAILS)}")
    return BY_NAME[name]
