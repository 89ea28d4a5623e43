"""A console over a real control plane and a snapshot of many clients: python -m tests.bench.console_server PORT FOLDER.

The twelve clients of the console's tests, each copied under new names until there are as many as asked for.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import duckdb

from tests.app import firm
from tests.app.firm_clients import NAMES


def widen(folder: Path, clients: int) -> None:
    """Publishes the twelve clients of the tests, copied under new names until they are `clients`."""
    home = firm.publish(folder, "s_wide", clients=len(NAMES), docs=False)
    copies = -(-clients // len(NAMES))
    with duckdb.connect(str(home / "snapshot.duckdb")) as snapshot:
        for table, columns in snapshot.execute(
            "select table_name, list(column_name) from information_schema.columns group by table_name"
            " having list_contains(list(column_name), 'client_id')"
        ).fetchall():
            named = ", one.client_name || ' ' || copy as client_name" if "client_name" in columns else ""
            snapshot.execute(f"create temp table kept as select * from {table}")
            snapshot.execute(
                f"insert into {table} select one.* replace (one.client_id || '-' || copy as client_id{named})"
                f" from kept as one, range(1, {copies}) as copies (copy)"
            )
            snapshot.execute("drop table kept")


def main() -> None:
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    os.environ |= {"ROWCOL_DATA": str(folder), "ROWCOL_MODE": "demo"}
    import execution.service
    from tests.app.api.firms import World

    world = World.open(folder)
    execution.service.connect = lambda: world.plane  # type: ignore[assignment]
    sys.argv = [str(Path(__file__).resolve().parents[2] / "app" / "console.py")]
    from app.console import app

    app.run(config={"server.port": port, "server.address": "127.0.0.1", "server.headless": True})


if __name__ == "__main__":
    main()
