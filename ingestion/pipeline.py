"""Where each rail lands: one dlt pipeline per rail, all its clients in one load package.

A run has three steps: read every connection at once (threads, each behind its bulkhead), keep what differs
from raw, and let dlt merge it together with the cursors. Cursors live in dlt's state beside the data
and are read back from there at every start, so they can never be ahead of what raw holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.common.pipeline import LoadInfo

from ingestion.bulkhead import Fetched
from ingestion.changes import Changed, changed_rows, ensure_tables, lost_rows
from ingestion.contract import FROZEN, dlt_columns
from ingestion.errors import Malformed
from ingestion.outcomes import OPS_DDL
from ingestion.rails import BY_NAME, Rail
from ingestion.settings import Settings

# A client deletes some records, never a fifth of a long list at once; short lists change as they please.
LOST_SHARE_MAX = 0.2
LOST_ROWS_MIN = 20
MERGE: Any = {"disposition": "merge", "strategy": "delete-insert"}


def pipeline_for(rail: Rail, warehouse: Path, settings: Settings) -> dlt.Pipeline:
    """The rail's pipeline with schema and cursors as the warehouse holds them.

    The working folder is dropped first: after a failed load it would be ahead of the warehouse.
    """
    # A DuckDB file that vanished or was restored simply means that cursors start where it ends.
    dlt.config["runtime.log_level"] = "ERROR"
    dlt.config["runtime.dlthub_telemetry"] = False
    pipeline = dlt.pipeline(
        f"rowcol_{rail.name}",
        pipelines_dir=str(settings.dlt_dir),
        destination=dlt.destinations.duckdb(str(warehouse)),
        dataset_name=rail.schema,
    )
    pipeline = pipeline.drop()
    pipeline.sync_destination()
    return pipeline


def cursors_in(pipeline: dlt.Pipeline, rail: Rail) -> dict[str, Any]:
    """The cursor of each connection, by connection id, as committed with the data."""
    sources: Mapping[str, Any] = pipeline.state.get("sources") or {}
    return dict(sources.get(rail.name, {}).get("connections", {}))


def cursor_of(cursors: Mapping[str, Any], connection_id: str, external_account_id: str) -> dict[str, Any]:
    """One connection's cursor; empty when it now points to another account, whose history is not ours."""
    held = cursors.get(connection_id) or {}
    if held.get("external_account_id") != external_account_id:
        return {}
    return dict(held.get("cursor") or {})


def find_changes(rail: Rail, fetched: Sequence[Fetched], warehouse: Path, folder: Path) -> list[Changed]:
    """Rows of the good connections that raw does not hold in exactly this form, table by table."""
    changes = []
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set timezone = 'UTC'")
        ensure_tables(connection, rail.schema, rail.tables.values())
        for one in fetched:
            _refuse_a_shrunken_read(connection, rail, one)
        good = [one for one in fetched if one.failure is None]
        for table in rail.tables.values():
            incoming = [one.files[table.name] for one in good if table.name in one.files]
            whole_for = [one.connection.client_id for one in good if table.name in one.whole]
            if incoming or whole_for:
                target = folder / f"{rail.name}-{table.name}.parquet"
                changes.append(changed_rows(connection, rail.schema, table, incoming, target, whole_for))
    return [change for change in changes if change.rows]


def _refuse_a_shrunken_read(connection: duckdb.DuckDBPyConnection, rail: Rail, one: Fetched) -> None:
    """Fail a connection whose whole read lacks over a fifth of what raw holds: a short answer, not a purge."""
    for name in sorted(one.whole):
        table = rail.tables[name]
        files = [one.files[name]] if name in one.files else []
        lost, held = lost_rows(connection, rail.schema, table, one.connection.client_id, files)
        if lost > LOST_ROWS_MIN and lost > held * LOST_SHARE_MAX:
            one.failure = Malformed(
                f"the full list of {name} lacks {lost} of the {held} records that we hold",
                remedy="Check on the rail whether they were really deleted; until then the last good data stays.",
            )
            return


def source_of(rail: Rail, changes: Sequence[Changed], cursors: Mapping[str, Any], batch_rows: int) -> Any:
    """The rail as a dlt source: one resource per table that changed, cursors in the source's state."""

    def rows_of(change: Changed) -> Iterator[pa.Table]:
        schema = change.table.arrow_schema()
        with pq.ParquetFile(change.path) as file:
            for batch in file.iter_batches(batch_size=batch_rows):
                yield pa.Table.from_batches([batch]).cast(schema)

    def moved() -> Iterator[Any]:
        dlt.current.source_state()["connections"] = dict(cursors)
        yield from ()

    @dlt.source(name=rail.name, schema_contract=FROZEN, max_table_nesting=0)
    def rail_source() -> list[Any]:
        tables = [
            dlt.resource(
                rows_of(change),
                name=change.table.name,
                primary_key=change.table.merge_key,
                columns=dlt_columns(change.table),
                write_disposition=MERGE,
            )
            for change in changes
        ]
        return [*tables, dlt.resource(moved(), name="cursors", selected=True)]

    return rail_source()


def land(
    pipeline: dlt.Pipeline, rail: Rail, changes: Sequence[Changed], cursors: Mapping[str, Any], batch_rows: int
) -> LoadInfo:
    """Merge the changes and move the cursors, as one load package."""
    return pipeline.run(source_of(rail, changes, cursors, batch_rows), loader_file_format="parquet")


def ensure_raw_tables(warehouse: Path) -> None:
    """Make every raw table of every rail, empty where absent, so that a build never meets a missing one."""
    from ingestion.control_journal import TABLES as control_tables
    from ingestion.files import TABLES as file_tables

    warehouse.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(warehouse)) as connection:
        for rail in BY_NAME.values():
            ensure_tables(connection, rail.schema, rail.tables.values())
        ensure_tables(connection, "raw_control", control_tables.values())
        ensure_tables(connection, "raw_files", file_tables.values())
        connection.execute("create schema if not exists raw_ops")
        connection.execute(OPS_DDL)
