"""One client while its world is being made: parties, true flows, and the rows that the rails will show."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import orjson

from sandbox.world import names
from sandbox.world.archetypes import Archetype, archetype_of, standing_of
from sandbox.world.calendar import bank_day, instant, months_back
from sandbox.world.ids import Ids

FUTURE_DAYS = 120
Ref = tuple[str, str]
CHECKING, SAVINGS, CARD, PAYABLES = (
    ("35", "Checking"),
    ("36", "Savings"),
    ("41", "Ramp Card"),
    ("33", "Accounts Payable (A/P)"),
)
UNDEPOSITED, UNCATEGORIZED = ("4", "Undeposited Funds"), ("31", "Uncategorized Expense")
RECEIVABLES = ("84", "Accounts Receivable (A/R)")
SALES, OWNER, OPENING, FEES, LOAN = (
    ("79", "Sales"),
    ("30", "Owner's Equity"),
    ("34", "Opening Balance Equity"),
    ("60", "Bank and Merchant Fees"),
    ("43", "Term Loan"),
)


@dataclass(slots=True)
class Vendor:
    """A regular vendor: its names on each rail and how it bills."""

    name: str
    legal: str
    qbo: str
    email: str
    phone: str
    person: tuple[str, str]
    ledger: Ref
    cents: int
    day: int
    terms: int
    route: str  # ramp | ach | check
    ramp: str = ""
    account: str = ""
    contact: str = ""
    prefix: str = ""
    next_number: int = 1000


@dataclass(slots=True)
class Bill:
    """A true bill, paid on `paid` (bank day) or never."""

    event: str
    vendor: Vendor
    number: str
    issued: date
    due: date
    cents: int
    paid: date
    route: str
    recorded: bool = True
    typo_cents: int = 0
    late_days: int = 0
    qbo: str = ""


@dataclass(frozen=True, slots=True)
class Feed:
    """What the bank feed does to a line that the bank itself has right."""

    pending_cents: int = 0  # the pending line stood at this amount (0: at the posted one)
    is_linked: bool = True  # the posted line names the pending one it replaces
    restated_from: int = 0  # the line posted at this amount and was corrected a bank day later
    doubled_days: int = 0  # the line came twice; the second one was removed after so many days
    is_lost: bool = False  # the line never came over the feed; the balance has it


AS_IT_WAS = Feed()


@dataclass(slots=True)
class Flow:
    """Cash that moves at the bank; positive is money in."""

    event: str
    day: date
    cents: int
    kind: str
    party: str
    name: str
    original: str
    account: str = "operating"
    category: tuple[str, str] = ("OTHER", "OTHER_OTHER")
    pending_days: int = 0
    extra: dict[str, Any] = field(default_factory=dict)
    feed: Feed = field(default_factory=lambda: AS_IT_WAS)


class Client:
    """The making of one client's world; everything random comes from its own generator."""

    def __init__(self, seed: int, position: int, months: int, end: date) -> None:
        self.name = names.client_name(seed, position)
        self.key = names.slug(self.name)
        self.position, self.end = position, end
        self.random = Random(f"{seed}|{position}")
        self.months, self.seed = months, seed
        # Business names and bills (events) that are taken, so that no plant uses one twice.
        self.names: set[str] = set()
        self.used: set[str] = set()
        self.ids = Ids(f"{seed}|{position}")
        self.trade: Archetype = archetype_of(position)
        self.standing = standing_of(position)
        self.first = months_back(end, months)
        self.last = end + timedelta(days=FUTURE_DAYS)
        self.zone = "America/New_York"
        self.city, self.region = "COLUMBUS", "OH"
        self.legal = ""
        self.size = 1.0
        self.profile: dict[str, Any] = {}
        self.vendors: list[Vendor] = []
        self.bills: list[Bill] = []
        self.flows: list[Flow] = []
        self.rows: list[tuple[object, ...]] = []
        self.truth: list[tuple[str, str, str, str, str, str]] = []
        self.defects: list[tuple[str, str, str, str, str, int]] = []
        self.ledger: list[tuple[str, str, str, int, str, str, str]] = []
        self.openings: dict[str, int] = {}
        # Vendors (QBO ids) whose open bills are in order in every way, so that there is always something to pay.
        self.steady: set[str] = set()
        self._events = 0

    def event(self) -> str:
        """The name of the next economic event."""
        self._events += 1
        return f"e{self._events:06d}"

    def at(self, day: date, hour: int = 9, spread_hours: int = 8) -> int:
        """A moment of that local day."""
        return instant(day, self.zone, hour * 3600 + self.random.randrange(spread_hours * 3600))

    def books_day(self, day: date, low: int, high: int) -> date:
        """The bank day on which a bookkeeper gets to something."""
        return bank_day(day + timedelta(days=self.random.randint(low, high)))

    def spread(self, cents: int, sigma: float = 0.15) -> int:
        """A figure near `cents`, never below a dollar, with odd cents."""
        return max(100, round(cents * self.random.lognormvariate(0, sigma)))

    def put(
        self, rail: str, kind: str, object_id: str, versions: list[tuple[int, dict[str, Any]]], *,
        cents: int | None = None, account: str | None = None, gone_at: int | None = None,
    ) -> None:  # fmt: skip
        """An object's states in the order they show; `gone_at` removes it at the end."""
        created = versions[0][0]
        number, body = 0, b""
        for number, (seen, shown) in enumerate(versions):
            body = orjson.dumps(shown)
            self.rows.append((rail, self.key, kind, object_id, number, seen, created, 0, cents, account, body))
        if gone_at is not None:
            self.rows.append((rail, self.key, kind, object_id, number + 1, gone_at, created, 1, cents, account, body))

    def tie(self, event: str, kind: str, rail: str, object_kind: str, object_id: str) -> None:
        """Record that an object belongs to an economic event."""
        self.truth.append((self.key, event, kind, rail, object_kind, object_id))

    def defect(self, kind: str, note: str, records: list[dict[str, str]], at_stake: int = 0) -> None:
        """Name something that was planted on purpose; `at_stake` is the cents that hang on it (0 for a trap)."""
        name = f"d{len(self.defects) + 1:03d}"
        self.defects.append((self.key, name, kind, note, orjson.dumps(records).decode(), abs(at_stake)))
