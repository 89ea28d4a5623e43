"""Read one client of one rail and print what came; raw is not touched. For a shell, not for a run."""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingestion.bulkhead import fetch
from ingestion.connections import FileTokens, connections_from_file
from ingestion.rails import rail_named


def main(rail_name: str, arguments: list[str] | None = None) -> None:
    """Parse the shell's arguments, read the client in full and print rows per table."""
    rail = rail_named(rail_name)
    parser = argparse.ArgumentParser(prog=f"python -m ingestion.{rail_name}", description=__doc__)
    parser.add_argument("client_id", help="the client to read")
    parser.add_argument("--connections", type=Path, required=True, help="JSON file with the connections")
    parser.add_argument("--as-of", help="ISO instant; now when left out")
    given = parser.parse_args(arguments)
    # A person at a shell asked "now": the one place where the wall clock is the as-of.
    as_of = datetime.fromisoformat(given.as_of) if given.as_of else datetime.now(UTC)
    wanted = [
        one
        for one in connections_from_file(given.connections)
        if one.rail == rail_name and one.client_id == given.client_id
    ]
    if not wanted:
        sys.exit(f"Client {given.client_id} has no {rail_name} connection in {given.connections}.")
    for connection in wanted:
        with tempfile.TemporaryDirectory(prefix="rowcol-") as folder:
            done = fetch(rail, connection, {}, Path(folder), as_of, FileTokens(given.connections))
            if done.failure:
                sys.exit(done.failure.sentence(connection.client_id, rail_name))
            for table, path in sorted(done.files.items()):
                counted = duckdb.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone()
                print(f"{rail.schema}.{table:24} {counted[0] if counted else 0:>8,} rows")
            print(f"{done.rows_read:,} records in {done.requests_made} requests")
