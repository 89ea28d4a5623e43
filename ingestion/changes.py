"""How rows reach raw: of a rail what differs, so that re-reading an overlap rewrites nothing; small tables whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion.contract import Table


@dataclass
class Changed:
    """Rows of one table that are new or differ from raw, and how many of them each client has."""

    table: Table
    path: Path
    rows_by_client: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Changed rows over all clients."""
        return sum(self.rows_by_client.values())


def ensure_tables(connection: duckdb.DuckDBPyConnection, schema: str, tables: Iterable[Table]) -> None:
    """Make a rail's schema and its tables where they are absent."""
    connection.execute(f'create schema if not exists "{schema}"')
    for table in tables:
        connection.execute(table.ddl(schema))


def replace_tables(
    connection: duckdb.DuckDBPyConnection, schema: str, tables: Mapping[str, Table], rows: Mapping[str, pa.Table]
) -> None:
    """Make a small schema's tables say just these rows, all of them in one transaction."""
    ensure_tables(connection, schema, tables.values())
    connection.execute("begin")
    for name, incoming in rows.items():
        connection.register("incoming_whole", incoming)
        connection.execute(f'delete from "{schema}"."{name}"')
        connection.execute(f'insert into "{schema}"."{name}" by name select * from incoming_whole')
        connection.unregister("incoming_whole")
    connection.execute("commit")


def changed_rows(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: Table,
    incoming: Sequence[Path],
    target: Path,
    whole_for: Sequence[str] = (),
) -> Changed:
    """Write the rows of `incoming` Parquet files that raw does not hold in exactly this form to `target`.

    For clients in `whole_for` the table was read in full, so a row that raw holds and the files lack is
    gone from the rail and is written as deleted.
    """
    here = f'"{schema}"."{table.name}"'
    quoted = _text(str(target))
    if incoming:
        new = f"select * from read_parquet([{', '.join(_text(str(path)) for path in incoming)}])"
    else:
        new = f"select * from {here} where false"
    connection.execute(f"create or replace temp view incoming as {new}")
    keyed = " and ".join(f'old."{name}" = new."{name}"' for name in table.merge_key)
    same = " and ".join(f'old."{name}" is not distinct from new."{name}"' for name in table.types())
    fresh = f"select new.* from incoming new where not exists (select 1 from {here} old where {keyed} and {same})"
    if whole_for and (gone := _gone_flag(table)):
        kept = {*table.merge_key, gone}
        columns = ", ".join(
            "true" if name == gone else f'old."{name}"' if name in kept else f"null::{kind}"
            for name, kind in table.types().items()
        )
        clients = ", ".join(_text(client) for client in whole_for)
        fresh += (
            f' union all select {columns} from {here} old where old.client_id in ({clients}) and not old."{gone}"'
            f" and not exists (select 1 from incoming new where {keyed})"
        )
    connection.execute(f"copy ({fresh}) to {quoted} (format parquet)")
    counts = connection.execute(f"select client_id, count(*) from read_parquet({quoted}) group by client_id").fetchall()
    return Changed(table, target, dict(counts))


def lost_rows(
    connection: duckdb.DuckDBPyConnection, schema: str, table: Table, client_id: str, files: Sequence[Path]
) -> tuple[int, int]:
    """For a client's whole read of a table: how many live rows of raw it lacks, and how many raw has."""
    gone = _gone_flag(table)
    if gone is None:
        return 0, 0
    keyed = " and ".join(f'old."{name}" = new."{name}"' for name in table.merge_key)
    new = f"read_parquet([{', '.join(_text(str(path)) for path in files)}])" if files else None
    found = f"exists (select 1 from {new} new where {keyed})" if new else "false"
    row = connection.execute(
        f'select count(*) filter (not {found}), count(*) from "{schema}"."{table.name}" old '
        f'where old.client_id = ? and not old."{gone}"',
        [client_id],
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _gone_flag(table: Table) -> str | None:
    """The column that marks a row as gone from its rail, where the table has one."""
    return next((name for name in table.types() if name in ("is_deleted", "is_removed")), None)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
