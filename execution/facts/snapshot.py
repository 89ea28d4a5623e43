"""The published snapshot of one firm, read through a DuckDB session that can do nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb


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
    folder = data_root / "published" / advisor_id
    if folder.resolve().parent != (data_root / "published").resolve():
        raise NoSnapshot(f"{advisor_id!r} is no firm")
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


class Snapshot:
    """An open snapshot. Each answer is a list of plain dicts; values only by parameter."""

    def __init__(self, pointer: Pointer, session: duckdb.DuckDBPyConnection) -> None:
        self.pointer = pointer
        self._session = session

    def _rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        cursor = self._session.execute(sql, list(values))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def _one(self, sql: str, *values: Any) -> dict[str, Any] | None:
        rows = self._rows(sql, *values)
        return rows[0] if len(rows) == 1 else None

    def bill(self, client_id: str, source_bill_id: str) -> dict[str, Any] | None:
        """An open bill (pub_open_bills)."""
        sql = "select * from pub_open_bills where client_id = ? and source_bill_id = ?"
        return self._one(sql, client_id, source_bill_id)

    def bills_due(self, client_id: str, until: Any) -> list[dict[str, Any]]:
        """Open bills that are payable here and due by a day, earliest first."""
        return self._rows(
            "select * from pub_open_bills where client_id = ? and is_payable_here and due_date <= ? "
            "order by due_date, source_bill_id",
            client_id,
            until,
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

    def account(self, client_id: str, account_id_plaid: str) -> dict[str, Any] | None:
        """A bank account with its balance as loaded."""
        sql = "select * from pub_accounts where client_id = ? and account_id_plaid = ?"
        return self._one(sql, client_id, account_id_plaid)

    def funding_account(self, client_id: str, bank_account_id_ramp: str | None) -> dict[str, Any] | None:
        """The bank account that Ramp pays from; without Ramp's id the only cash account that Ramp knows."""
        if bank_account_id_ramp:
            sql = "select * from pub_accounts where client_id = ? and bank_account_id_ramp = ?"
            return self._one(sql, client_id, bank_account_id_ramp)
        sql = "select * from pub_accounts where client_id = ? and is_cash and bank_account_id_ramp is not null"
        return self._one(sql, client_id)

    def paid_bills(
        self, client_id: str, vendor_id_ramp: str | None, counterparty_id: str | None
    ) -> list[dict[str, Any]]:
        """What was paid to a vendor in the last 400 days, on any rail."""
        return self._rows(
            "select * from pub_payments_history where client_id = ? and (vendor_id_ramp = ? or counterparty_id = ?)",
            client_id,
            vendor_id_ramp,
            counterparty_id,
        )

    def proof(self, client_id: str, payout_id: str) -> dict[str, Any] | None:
        """What the bank and the books show for one of our payouts."""
        sql = "select * from pub_payout_proofs where client_id = ? and payout_id = ?"
        return self._one(sql, client_id, payout_id)


@contextmanager
def open_snapshot(data_root: Path, advisor_id: str) -> Iterator[Snapshot]:
    """The firm's current snapshot, closed afterwards. Raises NoSnapshot."""
    pointer = current(data_root, advisor_id)
    session = duckdb.connect(
        str(pointer.path),
        read_only=True,
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "memory_limit": "512MB",
            "threads": "1",
        },
    )
    try:
        session.execute("set lock_configuration = true")
        yield Snapshot(pointer, session)
    finally:
        session.close()
