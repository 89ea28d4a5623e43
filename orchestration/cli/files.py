"""`rowcol files`: statements and ledgers of accounts that no connection reaches."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Column, Table

from orchestration.cli.screen import console, errors, on_one_line, plain_errors
from orchestration.paths import Paths

if TYPE_CHECKING:
    from ingestion.files import FileStore, Kept, Taken

app = typer.Typer(help="Bank statements and ledgers as files, for what no connection reaches.", no_args_is_help=True)
SHOWN = 8
Client = Annotated[str, typer.Argument(help="The client's id.")]


@app.command("load")
def load_files(
    client: Client,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV, OFX, QFX or camt.053; several at once.")],
    account: Annotated[str, typer.Option(help="What you call the account or ledger; its files belong together.")],
    kind: Annotated[str, typer.Option(help="bank: statements; bills: a ledger's bills.")] = "bank",
    mapping: Annotated[
        Path | None, typer.Option(help="TOML or JSON that names a CSV's columns; kept, so once per account is enough.")
    ] = None,
    currency: Annotated[str | None, typer.Option(help="ISO code, where the file does not say.")] = None,
    account_type: Annotated[
        str | None,
        typer.Option("--type", help="checking, savings, money market or credit card; else as the file says."),
    ] = None,
    number: Annotated[
        str | None, typer.Option(help="Last digits of the account meant, where a file has several.")
    ] = None,
    opening: Annotated[str | None, typer.Option(help="Opening balance, where the file has none: 1250.00")] = None,
    closing: Annotated[str | None, typer.Option(help="Closing balance, where the file has none.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and keep nothing.")] = False,
) -> None:
    """Load statements or bills from files; what cannot be read is named by file, line and reason, the rest loads.

    Loading a file twice, or two that overlap, counts no line twice. `rowcol publish` then builds with them.
    """
    from datetime import UTC, datetime

    from ingestion.files import FileStore, Kept, read_mapping, replace_file_tables
    from orchestration.writer_lock import warehouse_writer

    with plain_errors():
        _check(client, kind, currency, opening, closing)
        _check_files(paths, account)
        places, store = Paths.from_env(), FileStore(Paths.from_env().data)
        asked = Kept(
            "",
            client,
            kind,
            account.strip(),
            "",
            datetime.now(UTC),
            currency.upper() if currency else None,
            account_type,
            number,
            opening,
            closing,
            read_mapping(mapping) if mapping else None,
        )
        places.warehouse.parent.mkdir(parents=True, exist_ok=True)
        with nullcontext() if dry_run else warehouse_writer(places.warehouse_lock, on_wait=errors.print):
            took = _take_all(store, asked, paths, dry_run)
            if took and not dry_run:
                replace_file_tables(store, places.warehouse)
    if len(took) < len(paths):
        raise typer.Exit(1)
    if not dry_run:
        console.print("Build with `rowcol publish`; undo with `rowcol files forget`.")


@app.command("list")
def list_files(
    client: Client,
    rejects: Annotated[bool, typer.Option(help="Show every rejected row with its line and reason.")] = False,
) -> None:
    """List a client's kept files: days, rows, rejected rows, and whether the balances prove them."""
    from ingestion.files import FileStore
    from ingestion.files.replace import rows_of

    with plain_errors():
        store = FileStore(Paths.from_env().data)
        rows = rows_of(list(store.of(client)), store.contents)
    if not rows["files"]:
        console.print(
            f"No files of client {client} are kept. Add some with `rowcol files load {client} FILE`.", markup=False
        )
        return
    proof = {row["file_id"]: row for row in rows["statements"]}
    table = Table(
        Column("file", no_wrap=True), "name", "account", "format", "days", "rows", "rejected", "proof", box=None
    )
    for row in rows["files"]:
        statement = proof.get(row["file_id"], {})
        days = f"{statement['first_date']} – {statement['last_date']}" if statement.get("first_date") else ""
        shown = {"proven": "proven", "unproven": f"off by {statement.get('difference')}"}.get(
            statement.get("proof"), ""
        )
        called = (escape(on_one_line(row[name])) for name in ("file_name", "account_name"))
        cells = (row["file_id"], *called, row["format"], days)
        table.add_row(*cells, f"{row['rows_read']:,}", str(row["rows_rejected"] or ""), shown)
    console.print(table)
    for row in rows["rejects"] if rejects else ():
        told = f"{row['file_name']} line {row['line']}: {row['reason']}   {row['text']}"
        console.print(on_one_line(told), markup=False)


@app.command("forget")
def forget_file(
    client: Client,
    file: Annotated[str, typer.Argument(help="The file's id, the beginning of it, or its name.")],
) -> None:
    """Undo a load: forget one file. Lines that another file shows too stay."""
    from ingestion.files import FileStore, replace_file_tables
    from orchestration.writer_lock import warehouse_writer

    with plain_errors():
        places, store = Paths.from_env(), FileStore(Paths.from_env().data)
        with warehouse_writer(places.warehouse_lock, on_wait=errors.print):
            kept = store.find(client, file)
            store.forget(kept)
            if places.warehouse.exists():
                replace_file_tables(store, places.warehouse)
    console.print(
        f"Forgot {kept.file_name} of {kept.account} ({kept.file_id}). Build with `rowcol publish`.", markup=False
    )


def _check(client: str, kind: str, currency: str | None, *balances: str | None) -> None:
    """Refuse what was typed wrong before any file is read."""
    from execution.errors import Invalid
    from execution.service import connect
    from ingestion.files import KINDS
    from ingestion.files.values import Unreadable, parse_amount

    if kind not in KINDS:
        raise Invalid(f"--kind is {kind}; it can be {' or '.join(KINDS)}")
    known = [row.client_id for row in connect().clients.all()]
    if client not in known:
        raise Invalid(
            f"there is no client {client}; known: {', '.join(known[:12]) or 'none'}. See `rowcol clients list`"
        )
    if currency is not None and not (len(currency) == 3 and currency.isalpha()):
        raise Invalid(f"--currency is {currency}; write three letters, for example USD")
    for balance in filter(None, balances):
        try:
            parse_amount(balance)
        except Unreadable as error:
            raise Invalid(f"a balance: {error}") from error


def _check_files(paths: list[Path], account: str) -> None:
    """Refuse what is not there or too large before anything is read, and an account without a name."""
    from execution.errors import Invalid
    from ingestion.files.reading import BYTES_MAX

    if not account.strip():
        raise Invalid("--account is empty; say what you call the account")
    for path in paths:
        if not path.is_file():
            raise Invalid(f"{path}: there is no such file")
        if (size := path.stat().st_size) > BYTES_MAX:
            raise Invalid(f"{path}: the file has {size:,} bytes; split it below {BYTES_MAX:,}")


def _take_all(store: FileStore, asked: Kept, paths: list[Path], dry_run: bool) -> list[Taken]:
    """Take file after file; one that is refused is named and the others load. `asked` says all but which file."""
    from dataclasses import replace

    from ingestion.files import FileRefused, file_id_of, take

    took = []
    for place, path in enumerate(paths, 1):
        if len(paths) > 1:
            errors.print(f"{place} of {len(paths)}: {path.name} …", markup=False)
        data = path.read_bytes()
        file_id = file_id_of(asked.client_id, asked.kind, asked.account, data)
        try:
            taken = take(store, replace(asked, file_id=file_id, file_name=path.name), data, keep=not dry_run)
        except FileRefused as error:
            errors.print(on_one_line(f"✗ {error}"), markup=False)
            continue
        took.append(taken)
        _print(taken, dry_run)
    return took


def _print(taken: Taken, dry_run: bool) -> None:
    kept, contents = taken.kept, taken.contents
    days = f", {taken.first_date} to {taken.last_date}" if taken.first_date else ""
    verb = "would load" if dry_run else "loaded"
    noun = "bills" if kept.kind == "bills" else "lines"
    console.print(
        f"{kept.file_name} ({contents.format}{days}): {verb} {taken.new:,} {noun} worth {taken.total:,.2f},"
        f" {taken.known:,} known already, {len(contents.rejects):,} rejected",
        markup=False,
    )
    if contents.pending:
        console.print(f"  {contents.pending} pending entries were left out; they come when they are booked")
    if taken.proof is not None:
        console.print(f"  {_proof(taken.proof.verdict, taken.proof.difference)}")
    for reject in contents.rejects[:SHOWN]:
        console.print(on_one_line(f"  line {reject.line}: {reject.reason}   {reject.text[:120]}"), markup=False)
    if len(contents.rejects) > SHOWN:
        rest = len(contents.rejects) - SHOWN
        console.print(f"  … and {rest} more: `rowcol files list {kept.client_id} --rejects`", markup=False)
    if dry_run:
        for one in taken.new_lines[:SHOWN]:
            line = one.line
            told = f"  {line.posted_date}  {line.amount:>14,.2f}  {line.description[:70]}"
            console.print(on_one_line(told), markup=False)


def _proof(verdict: str, difference: object) -> str:
    if verdict == "proven":
        return "[green]proven[/]: opening balance and lines give the closing balance"
    if verdict == "unproven":
        return f"[yellow]unproven[/]: the closing balance is {difference:,.2f} away from opening balance and lines"
    return "not proven: the file does not tell both balances" if verdict else ""
