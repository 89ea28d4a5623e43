"""The published snapshot of one firm, read through a DuckDB session that can do nothing else.

A snapshot's file never changes (the next one has another name), so what a process has read of it stays right:
opening one and reading a client costs 30 ms, and commands would pay that while they hold the store's lock.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import duckdb

T = TypeVar("T", bound=Sized)


class NoSnapshot(LookupError):
    """The firm has no published figures, or the file that the pointer names is not there."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which snapshot of a firm is current."""

    advisor_id: str
    snapshot_id: str
    as_of_at: datetime
    path: Path


def current(data_root: Path, advisor_id: str) -> Pointer:
    """The firm's current snapshot. Raises NoSnapshot."""
    folder = _folder(data_root, advisor_id)
    try:
        told = json.loads((folder / "current.json").read_text())
        path = folder / told["snapshot_id"] / "snapshot.duckdb"
        instant = datetime.fromisoformat(told["as_of_at"])
    except (OSError, ValueError, KeyError) as error:
        raise NoSnapshot(f"firm {advisor_id} has no published figures") from error
    if not path.is_file():
        raise NoSnapshot(f"snapshot {told['snapshot_id']} of firm {advisor_id} is gone")
    at = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return Pointer(advisor_id, str(told["snapshot_id"]), at, path)


@lru_cache(maxsize=1024)
def _folder(data_root: Path, advisor_id: str) -> Path:
    """Where a firm's figures are published. Raises NoSnapshot for an id that leads out of there."""
    folder = data_root / "published" / advisor_id
    if folder.resolve().parent != (data_root / "published").resolve():
        raise NoSnapshot(f"{advisor_id!r} is no firm")
    return folder


class Kept:
    """What this process has read of snapshots, the least used forgotten first; safe to share between threads."""

    def __init__(self, rows_max: int) -> None:
        self._rows_max, self._rows = rows_max, 0
        self._answers: OrderedDict[tuple[Any, ...], tuple[int, Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[Any, ...]) -> Any:
        """The answer to a question; None when it is not kept."""
        with self._lock:
            found = self._answers.get(key)
            if found is None:
                return None
            self._answers.move_to_end(key)
            return found[1]

    def put(self, key: tuple[Any, ...], answer: Any, rows: int) -> None:
        """Keep an answer of so many rows; one that is larger than the whole room is not kept."""
        if rows > self._rows_max:
            return
        with self._lock:
            self._rows += rows - self._answers.pop(key, (0, None))[0]
            self._answers[key] = (rows, answer)
            while self._rows > self._rows_max:
                self._rows -= self._answers.popitem(last=False)[1][0]


class Snapshot:
    """A snapshot. Each answer is a list of plain dicts that nobody changes; values only by parameter."""

    _kept: Kept | None = None

    def __init__(self, pointer: Pointer, open_session: Callable[[], duckdb.DuckDBPyConnection], kept: Kept) -> None:
        self.pointer, self._open_session, self._kept = pointer, open_session, kept
        self._session: duckdb.DuckDBPyConnection | None = None

    def close(self) -> None:
        """Closes the session, if one was needed."""
        if self._session is not None:
            self._session.close()

    def _rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        return self._once((sql, *values), lambda: self._read(sql, *values))

    def _once(self, question: tuple[Any, ...], answer: Callable[[], T]) -> T:
        """The kept answer, else a new one, kept from now on."""
        if self._kept is None:
            return answer()
        key = (self.pointer.path, *question)
        found: T | None = self._kept.get(key)
        if found is None:
            found = answer()
            self._kept.put(key, found, len(found) + 1)
        return found

    def _read(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        if self._session is None:
            self._session = self._open_session()
        cursor = self._session.execute(sql, list(values))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        rows = self._rows(sql, *values)
        return rows[0] if len(rows) == 1 else None

    def open_bills(self, client_id: str) -> list[dict[str, Any]]:
        """The client's open bills (pub_open_bills), earliest due first."""
        return self._rows(
            "select * from pub_open_bills where client_id = ? order by due_date, source_bill_id", client_id
        )

    def bills_by_id(self, client_id: str) -> Mapping[str, dict[str, Any]]:
        """The client's open bills by source_bill_id, earliest due first."""
        return self._once(
            ("bills by id", client_id), lambda: {bill["source_bill_id"]: bill for bill in self.open_bills(client_id)}
        )

    def portfolio(self, client_id: str) -> dict[str, Any] | None:
        """The client's figures (pub_portfolio)."""
        return self._one("select * from pub_portfolio where client_id = ?", client_id)

    def client_ids(self) -> list[str]:
        """Clients in the snapshot."""
        return [row["client_id"] for row in self._rows("select client_id from pub_clients order by client_id")]

    def rail_health(self, client_id: str) -> list[dict[str, Any]]:
        """Health of each rail of the client."""
        return self._rows("select rail, status, reason from pub_rail_health where client_id = ?", client_id)

    def accounts(self, client_id: str) -> list[dict[str, Any]]:
        """Bank accounts with their balances as loaded."""
        return self._rows("select * from pub_accounts where client_id = ?", client_id)

    def payments_history(self, client_id: str) -> list[dict[str, Any]]:
        """Bills paid in the last 400 days, on any rail."""
        return self._rows(
            "select vendor_id_ramp, counterparty_id, invoice_number_normalized, amount_minor, paid_date, rail, "
            "record_id from pub_payments_history where client_id = ?",
            client_id,
        )

    def paid_to(self, client_id: str, vendor_id_ramp: str, counterparty_id: str | None) -> list[dict[str, Any]]:
        """What was paid to a vendor in the last 400 days, on any rail, each payment once."""
        by = self._once(("paid by", client_id), lambda: _by_payee(self.payments_history(client_id)))
        found = by.get(("vendor", vendor_id_ramp), []) if vendor_id_ramp else []
        if counterparty_id:
            known = {id(paid) for paid in found}
            found = found + [p for p in by.get(("counterparty", counterparty_id), []) if id(p) not in known]
        return found

    def cash_weeks(self, client_id: str) -> list[dict[str, Any]]:
        """Past and coming weeks (pub_cash_weeks), oldest first."""
        return self._rows("select * from pub_cash_weeks where client_id = ? order by week_start_date", client_id)

    def cash_lines(self, client_id: str) -> list[dict[str, Any]]:
        """What stands behind each coming week (pub_cash_lines)."""
        return self._rows(
            "select * from pub_cash_lines where client_id = ? "
            "order by week_number, flow, source_id, label, expected_date, amount_minor",
            client_id,
        )

    def open_invoices(self, client_id: str) -> list[dict[str, Any]]:
        """What customers owe the client (pub_open_invoices)."""
        return self._rows("select * from pub_open_invoices where client_id = ? order by source_invoice_id", client_id)

    def missing_bills(self, client_id: str) -> list[dict[str, Any]]:
        """Bills that the books seem to lack (pub_missing_bills); none in figures of before this table."""
        try:
            return self._rows(
                "select * from pub_missing_bills where client_id = ? order by week_number, hygiene_item_id", client_id
            )
        except duckdb.CatalogException:
            return []

    def as_of_date(self) -> date:
        """The day up to which the figures were read."""
        return cast(date, self._rows("select as_of_date from pub_snapshot")[0]["as_of_date"])

    def read_ahead(self, client_id: str) -> None:
        """Read what judging the client's payments will ask: a command then holds no lock while a file opens."""
        self.bills_by_id(client_id)
        self.paid_to(client_id, "", None)
        self.accounts(client_id)
        self.rail_health(client_id)
        self.portfolio(client_id)

    def proofs(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the bank and the books show for each of our payouts, by (client, payout)."""
        rows = self._rows("select * from pub_payout_proofs")
        return {(row["client_id"], row["payout_id"]): row for row in rows}

    def paid_elsewhere(self, client_id: str | None = None) -> list[dict[str, Any]] | None:
        """Payments of our payouts' bills by other roads, one client's or all; None in figures of before this table."""
        try:
            return self._rows(
                "select * from pub_paid_elsewhere where client_id = coalesce(?, client_id) "
                "order by client_id, payout_id, certainty, record_id",
                client_id,
            )
        except duckdb.CatalogException:
            return None

    def read_at(self) -> dict[str, dict[str, datetime | None]]:
        """Client → rail → when it was last read whole."""
        found: dict[str, dict[str, datetime | None]] = {}
        for row in self._rows("select client_id, rail, last_success_at from pub_rail_health"):
            found.setdefault(row["client_id"], {})[row["rail"]] = row.get("last_success_at")
        return found

    def payees_in_use(self) -> list[tuple[str, str]]:
        """(client, vendor at Ramp) of open bills that can be paid here."""
        rows = self._rows(
            "select distinct client_id, vendor_id_ramp from pub_open_bills "
            "where is_payable_here and vendor_id_ramp is not null order by 1, 2"
        )
        return [(row["client_id"], row["vendor_id_ramp"]) for row in rows]


def _by_payee(paid: list[dict[str, Any]]) -> dict[tuple[str, Any], list[dict[str, Any]]]:
    by: dict[tuple[str, Any], list[dict[str, Any]]] = defaultdict(list)
    for one in paid:
        by["vendor", one["vendor_id_ramp"]].append(one)
        by["counterparty", one["counterparty_id"]].append(one)
    return dict(by)


# Some 150 MB at most: the busiest clients' bills and payments.
KEPT = Kept(rows_max=100_000)


def _session(path: Path) -> duckdb.DuckDBPyConnection:
    # Locked from the first moment: sessions of one file share an instance, and one that is locked takes no setting.
    return duckdb.connect(
        str(path),
        read_only=True,
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": "512MB",
            "threads": "1",
            "lock_configuration": "true",
        },
    )


def kept_ids(data_root: Path, advisor_id: str) -> list[str]:
    """The firm's snapshots that are kept, the current one first, then the newest. Raises NoSnapshot."""
    now = current(data_root, advisor_id)
    whole = {one.parent.name for one in now.path.parent.parent.glob("*/snapshot.duckdb")} - {now.snapshot_id}
    # A name with a dot before it is a draft that is being written.
    return [now.snapshot_id, *sorted((name for name in whole if not name.startswith(".")), reverse=True)]


@contextmanager
def open_snapshot(data_root: Path, advisor_id: str, snapshot_id: str | None = None) -> Iterator[Snapshot]:
    """The firm's current snapshot, or one that is kept, closed afterwards. Raises NoSnapshot."""
    pointer = current(data_root, advisor_id)
    if snapshot_id is not None and snapshot_id != pointer.snapshot_id:
        if snapshot_id not in kept_ids(data_root, advisor_id):
            raise NoSnapshot(f"no snapshot {snapshot_id[:40]!r} of firm {advisor_id} is kept")
        path = pointer.path.parent.parent / snapshot_id / "snapshot.duckdb"
        pointer = Pointer(advisor_id, snapshot_id, pointer.as_of_at, path)
    snapshot = Snapshot(pointer, lambda: _session(pointer.path), KEPT)
    try:
        yield snapshot
    finally:
        snapshot.close()
