"""One new day for a firm: what identity, reconciliation and quality cost then, as a share of a full build.

python -m tests.bench.bench_new_day --clients 200 --months 12

A fresh world is served, loaded and built; the clock moves one day, what is new is loaded, and only the models of the
three subjects are rebuilt. Then the same data is built from nothing, and both must hold the very same rows.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb

from tests.bench.loaded_world import ROOT, build, served_firm
from tests.bench.result import Result, tables

SUBJECTS = ("identity", "reconciliation", "quality")
TOPIC = "one new day: identity, reconciliation and quality rebuilt"


def results(clients: int = 200, months: int = 12, seed: int = 7, folder: Path | None = None) -> Iterator[Result]:
    """Seconds of the full build, of the three subjects in it, and of their rebuild a day later."""
    with tempfile.TemporaryDirectory() as made:
        home = folder or Path(made)
        world, warehouse, fresh = home / "world.db", home / "day.duckdb", home / "fresh.duckdb"
        if not world.exists():
            size = ["--clients", str(clients), "--months", str(months), "--seed", str(seed), "--defects", "all"]
            command = [sys.executable, "-m", "sandbox", "generate", *size, "--out", str(world)]
            subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with served_firm(world, warehouse, home / "data") as load_on:
            first = load_on(0)
            full = timed(warehouse, first, home / "full")
            day = load_on(1)
        shutil.copy(warehouse, fresh)
        # What the subjects read is brought up to date first; it is not what is measured here.
        timed(warehouse, day, home / "below", "--exclude", *paths(), *[f"{path}+" for path in paths()])
        again = timed(warehouse, day, home / "again", "--select", *paths())
        timed(fresh, day, home / "fresh", "--full-refresh")
        data = f"{clients} clients × {months} months, seed {seed}"
        yield Result(TOPIC, data, "full build", {"wall s": full, "s in the three subjects": spent(home / "full")})
        differing = ", ".join(unequal(warehouse, fresh)) or "none"
        figures = {"wall s": again, "s in the three subjects": spent(home / "again"), "share of full": again / full}
        yield Result(
            TOPIC, data, "ours: one new day", figures, f"tables that differ from a build from nothing: {differing}"
        )


def paths() -> list[str]:
    """dbt's way of naming the models of the three subjects."""
    return [f"path:models/intermediate/{subject}" for subject in SUBJECTS]


def timed(warehouse: Path, as_of: object, target: Path, *selection: str) -> float:
    """Wall seconds of a build of these models, dbt's own start included."""
    began = time.perf_counter()
    build(warehouse, as_of, target, selection)  # type: ignore[arg-type]
    return time.perf_counter() - began


def spent(target: Path) -> float:
    """Seconds inside the three subjects' models, as dbt counted them."""
    found = json.loads((target / "run_results.json").read_text())["results"]
    names = tuple(f"int_{subject}__" for subject in SUBJECTS)
    return sum(one["execution_time"] for one in found if one["unique_id"].split(".")[-1].startswith(names))


def unequal(ours: Path, fresh: Path) -> list[str]:
    """Tables of the three subjects whose rows differ between the two warehouses."""
    with duckdb.connect() as database:
        database.execute(f"attach '{ours}' as a (read_only)")
        database.execute(f"attach '{fresh}' as b (read_only)")
        found = database.execute(
            "select table_name from duckdb_tables() where database_name = 'b' and schema_name = 'intermediate'"
            f" and regexp_matches(table_name, '^int_({'|'.join(SUBJECTS)})__') order by table_name"
        ).fetchall()
        differing = []
        for (name,) in found:
            sides = [
                database.execute(f"select count(*), bit_xor(hash(r)) from {side}.intermediate.{name} as r").fetchone()
                for side in "ab"
            ]
            if sides[0] != sides[1]:
                differing.append(name)
        return differing


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="keep the world and the warehouses here")
    given = parser.parse_args()
    print(tables(results(given.clients, given.months, given.seed, given.folder)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
