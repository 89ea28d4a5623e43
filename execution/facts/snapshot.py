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

    def open_bills(self, client_id: str) -> list[dict[str, Any]]:
        """The client's open bills (pub_open_bills), earliest due first."""
        return self._rows(
            "select * from pub_open_bills where client_id = ? order by due_date, source_bill_id", client_id
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

    def proofs(self) -> dict[tuple[str, str], dict[str, Any]]:
        """What the bank and the books show for each of our payouts, by (client, payout)."""
        rows = self._rows("select * from pub_payout_proofs")
        return {(row["client_id"], row["payout_id"]): row for row in rows}

    def payees_in_use(self) -> list[tuple[str, str]]:
        """(client, vendor at Ramp) of open bills that can be paid here."""
        rows = self._rows(
            "select distinct client_id, vendor_id_ramp from pub_open_bills "
            "where is_payable_here and vendor_id_ramp is not null order by 1, 2"
        )
        return [(row["client_id"], row["vendor_id_ramp"]) for row in rows]


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
