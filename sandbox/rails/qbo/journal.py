"""Every entry of a client's books, in order of date: what QuickBooks' reports add up."""

from __future__ import annotations

from collections import OrderedDict
from datetime import date
from typing import Any, NamedTuple

import orjson

from sandbox.rails.store import KindIndex, WorldStore
from sandbox.world.shapes.qbo_entries import TRANSACTIONS, entries, label

# A load asks for several reports of one client in a row and then moves on to the next one.
_KEPT = 12


class Line(NamedTuple):
    """One entry; cents, debits positive."""

    day: date
    kind: str
    id: str
    number: str
    party: str
    memo: str
    account: str
    cents: int


class Account(NamedTuple):
    """A ledger account as a report shows it."""

    id: str
    name: str
    classification: str
    kind: str
    subtype: str

    @property
    def sign(self) -> int:
        """What a debit does to the account's own balance."""
        return 1 if self.classification in ("Asset", "Expense") else -1


class Journals:
    """The journals of the clients that were asked for last."""

    def __init__(self, store: WorldStore) -> None:
        self._store = store
        self._kept: OrderedDict[str, tuple[list[KindIndex], list[Line]]] = OrderedDict()

    def lines(self, client_key: str, now: int) -> list[Line]:
        """All entries that the books hold now."""
        indexes = [self._store.index("qbo", client_key, kind, now) for kind in TRANSACTIONS]
        held = self._kept.get(client_key)
        if held is None or any(a is not b for a, b in zip(held[0], indexes, strict=True)):
            held = (indexes, self._read(client_key, indexes))
            self._kept[client_key] = held
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(client_key)
        return held[1]

    def _read(self, client_key: str, indexes: list[KindIndex]) -> list[Line]:
        found = []
        for kind, index in zip(TRANSACTIONS, indexes, strict=True):
            keys = [(key, row.version) for key, row in index.current()]
            for (key, _), text in zip(keys, self._store.bodies("qbo", client_key, kind, keys), strict=True):
                body = orjson.loads(text)
                party = body.get("VendorRef") or body.get("CustomerRef") or body.get("EntityRef") or {}
                head = (date.fromisoformat(body["TxnDate"]), label(kind, body), key, str(body.get("DocNumber") or ""),
                        str(party.get("name") or ""), str(body.get("PrivateNote") or ""))  # fmt: skip
                found += [Line(*head, account, cents) for account, cents in entries(kind, body) if cents]
        return sorted(found)

    def accounts(self, client_key: str, now: int) -> list[Account]:
        """The chart of accounts in the order in which reports list it."""
        index = self._store.index("qbo", client_key, "Account", now)
        keys = [(key, row.version) for key, row in index.current()]
        found = []
        for text in self._store.bodies("qbo", client_key, "Account", keys):
            body: dict[str, Any] = orjson.loads(text)
            name = str(body.get("FullyQualifiedName") or body.get("Name"))
            kind = str(body.get("AccountType"))
            found.append(Account(str(body["Id"]), name, str(body.get("Classification")), kind,
                                 str(body.get("AccountSubType"))))  # fmt: skip
        return sorted(found, key=lambda one: (_ORDER.get(one.kind, 99), len(one.id), one.id))


_ORDER = {
    kind: at
    for at, kind in enumerate(
        ("Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset", "Accounts Payable",
         "Credit Card", "Other Current Liability", "Long Term Liability", "Equity", "Income", "Cost of Goods Sold",
         "Expense", "Other Income", "Other Expense")
    )
}  # fmt: skip
