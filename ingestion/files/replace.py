"""raw_files out of the kept files, all tables in one transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.changes import ensure_tables, replace_tables
from ingestion.contract import ARROW_TYPES, Table
from ingestion.files.columns import TABLES
from ingestion.files.overlap import Part, Proof, merged, proofs
from ingestion.files.reading import read_file
from ingestion.files.statement import Contents, FileRefused, Reject, Statement
from ingestion.files.store import FileStore, Kept

Rows = dict[str, list[dict[str, Any]]]
CREDIT = ("credit card", "line of credit")
DEFAULT_CURRENCY = "USD"


def replace_file_tables(store: FileStore, warehouse: Path, only_if_changed: bool = False) -> dict[str, int] | None:
    """Replace every raw_files table with what the kept files say; returns rows per table.

    With `only_if_changed` nothing is read, and None returned, when the warehouse already holds just these files.
    """
    kept = store.all()
    if only_if_changed:
        with duckdb.connect(str(warehouse)) as connection:
            ensure_tables(connection, "raw_files", TABLES.values())
            held = {row[0] for row in connection.execute("select file_id from raw_files.files").fetchall()}
        if held == {one.file_id for one in kept}:
            return None
    rows = rows_of(kept, store.contents)
    with duckdb.connect(str(warehouse)) as connection:
        replace_tables(connection, "raw_files", TABLES, {name: _arrow(TABLES[name], rows[name]) for name in TABLES})
    return {name: len(found) for name, found in rows.items()}


def _arrow(table: Table, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table(
        {name: pa.array([row.get(name) for row in rows], ARROW_TYPES[kind]) for name, kind in table.types().items()}
    )


def rows_of(kept: Iterable[Kept], contents: Callable[[Kept], bytes]) -> Rows:
    """The rows of every table, from the files of every client."""
    rows: Rows = {name: [] for name in TABLES}
    ordered = sorted(kept, key=lambda one: (one.client_id, one.kind, one.account.casefold(), one.file_id))
    for (client_id, kind, _), files in groupby(ordered, lambda one: (one.client_id, one.kind, one.account.casefold())):
        read = [(one, _read(one, contents(one))) for one in files]
        for one, found in read:
            _of_file(rows, one, found)
        if kind == "bank":
            _of_account(rows, client_id, read)
        else:
            _of_ledger(rows, client_id, read)
    return rows


def account_id_of(client_id: str, account: str) -> str:
    """Our id of an account that files tell of."""
    return "file:" + hashlib.sha256(f"{client_id}\u0000{account.casefold()}".encode()).hexdigest()[:16]


def chosen(kept: Kept, found: Contents) -> Statement:
    """The statement of a file that is about this account, with the balances that the person gave.

    Raises:
        FileRefused: the file tells of several accounts and none, or another, was named.
    """
    numbers = list(dict.fromkeys(one.account_number or "without a number" for one in found.statements))
    if kept.number:
        of_it = [one for one in found.statements if (one.account_number or "").endswith(kept.number)]
    else:
        of_it = found.statements
    if kept.number and not of_it:
        raise FileRefused(f"there is no account ending in {kept.number} in it; it has {', '.join(numbers)}")
    if len({one.account_number for one in of_it}) > 1:
        raise FileRefused(f"it tells of {len(numbers)} accounts ({', '.join(numbers)}); choose one with --number")
    first, last = of_it[0], of_it[-1]
    opening, closing = kept.given
    whole = Statement(
        first.account_number,
        first.account_type,
        first.currency_code,
        opening if opening is not None else first.opening,
        closing if closing is not None else last.closing,
        last.closing_date,
        [line for one in of_it for line in one.lines],
    )
    if whole.closing is not None and whole.closing_date is None:
        whole.closing_date = whole.last_date
    return whole


def _read(kept: Kept, data: bytes) -> Contents:
    """A kept file again; one that this version cannot read any more is one reject, and the others load."""
    try:
        found = read_file(data, kept.kind, kept.mapping)
        if kept.kind == "bank":
            found.statements = [chosen(kept, found)]
        return found
    except FileRefused as error:
        return Contents("unreadable", rejects=[Reject(1, str(error), "")])


def _of_file(rows: Rows, kept: Kept, found: Contents) -> None:
    rows["files"].append(
        {
            "client_id": kept.client_id,
            "file_id": kept.file_id,
            "file_name": kept.file_name,
            "kind": kept.kind,
            "format": found.format,
            "account_name": kept.account,
            "loaded_at": kept.loaded_at,
            "rows_read": found.rows,
            "rows_rejected": len(found.rejects),
        }
    )
    for reject in found.rejects:
        rows["rejects"].append(
            {
                "client_id": kept.client_id,
                "file_id": kept.file_id,
                "file_name": kept.file_name,
                "account_name": kept.account,
                "line": reject.line,
                "reason": reject.reason,
                "text": reject.text,
            }
        )


def _of_account(rows: Rows, client_id: str, read: list[tuple[Kept, Contents]]) -> None:
    parts = [Part(kept.file_id, kept.file_name, found.statements[0]) for kept, found in read if found.statements]
    if not parts:
        return
    newest = max(parts, key=lambda part: part.newness).statement
    about = next(kept for kept, _ in read)
    account_id = account_id_of(client_id, about.account)
    asked = [kept.currency_code for kept, _ in read if kept.currency_code]
    currency = next((c for c in (newest.currency_code, *asked) if c), DEFAULT_CURRENCY)
    subtype = next((kept.account_type for kept, _ in read if kept.account_type), newest.account_type)
    number = next((part.statement.account_number for part in parts if part.statement.account_number), None)
    rows["accounts"].append(
        {
            "client_id": client_id,
            "account_id": account_id,
            "account_name": about.account,
            "mask": number[-4:] if number else None,
            "type": "credit" if subtype in CREDIT else "depository",
            "subtype": subtype,
            "currency_code": currency,
        }
    )
    known = merged(account_id, parts)
    for one in known:
        line = one.line
        rows["transactions"].append(
            {
                "client_id": client_id,
                "transaction_id": one.posting_id,
                "account_id": account_id,
                "date": line.posted_date,
                "value_date": line.value_date,
                "amount": line.amount,
                "currency_code": currency,
                "description": line.description,
                "party_name": line.party_name,
                "reference": line.reference,
                "check_number": line.check_number,
                "bank_id": line.bank_id,
                "running_balance": line.balance,
                "file_id": one.file_id,
                "line": line.line,
            }
        )
    proven = proofs(parts, known)
    rows["statements"] += [_statement_row(client_id, account_id, proof) for proof in proven]
    if told := [proof for proof in proven if proof.closing is not None]:
        last = told[-1]
        day = last.part.statement.closing_date or last.part.statement.last_date
        later = [one.line for one in known if day is not None and one.line.posted_date > day]
        rows["balances"].append(
            {
                "client_id": client_id,
                "account_id": account_id,
                # Lines after the last balance that a bank told move it on, and leave it without a bank's word.
                "current": (last.closing or 0) + sum(line.amount for line in later),
                "currency_code": currency,
                "balance_date": max([line.posted_date for line in later], default=day),
                "is_proven": last.verdict == "proven" and not later,
            }
        )


def _statement_row(client_id: str, account_id: str, proof: Proof) -> dict[str, Any]:
    statement = proof.part.statement
    return {
        "client_id": client_id,
        "file_id": proof.part.file_id,
        "file_name": proof.part.file_name,
        "account_id": account_id,
        "first_date": statement.first_date,
        "last_date": statement.last_date,
        "opening": proof.opening,
        "entries": proof.entries,
        "closing": proof.closing,
        "difference": proof.difference,
        "proof": proof.verdict,
        "entry_count": len(statement.lines),
    }


def _of_ledger(rows: Rows, client_id: str, read: list[tuple[Kept, Contents]]) -> None:
    """A ledger file is the whole list as it stood: the last one loaded speaks for every bill that it names."""
    newest: dict[str, dict[str, Any]] = {}
    for kept, found in sorted(read, key=lambda one: (one[0].loaded_at, one[0].file_id)):
        currency = kept.currency_code or (kept.mapping.currency_code if kept.mapping else None) or DEFAULT_CURRENCY
        for bill in found.bills:
            newest[bill.bill_id] = {
                "client_id": client_id,
                "bill_id": bill.bill_id,
                "ledger_name": kept.account,
                "vendor_name": bill.vendor_name,
                "invoice_number": bill.invoice_number,
                "bill_date": bill.bill_date,
                "due_date": bill.due_date,
                "amount": bill.amount,
                "open_amount": bill.open_amount,
                "currency_code": currency,
                "file_id": kept.file_id,
                "line": bill.line,
            }
    rows["bills"] += [newest[bill_id] for bill_id in sorted(newest)]
