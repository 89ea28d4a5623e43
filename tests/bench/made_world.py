"""A sandbox world made, loaded and built for one benchmark, or one that is built already."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.loaded_world import ROOT, build, load_world

CLIENTS, MONTHS, SEED = 8, 18, 7


@contextmanager
def made_world(
    clients: int = CLIENTS, months: int = MONTHS, seed: int = SEED, defects: str = "all"
) -> Iterator[tuple[Path, Path, str]]:
    """World file, warehouse file and what they are called.

    With ROWCOL_BENCH_WORLD and ROWCOL_BENCH_WAREHOUSE set, those two files are taken as they are.
    """
    given = os.environ.get("ROWCOL_BENCH_WORLD"), os.environ.get("ROWCOL_BENCH_WAREHOUSE")
    if given[0] and given[1]:
        yield Path(given[0]), Path(given[1]), f"sandbox {Path(given[0]).stem}"
        return
    with tempfile.TemporaryDirectory() as folder:
        world, warehouse = Path(folder) / "world.db", Path(folder) / "bench.duckdb"
        command = [sys.executable, "-m", "sandbox", "generate", "--clients", str(clients), "--months", str(months)]
        command += ["--seed", str(seed), "--defects", defects, "--out", str(world)]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        as_of = load_world(world, warehouse, Path(folder) / "data")
        build(warehouse, as_of, Path(folder) / "target")
        yield world, warehouse, f"sandbox, {clients} clients × {months} months, seed {seed}, {defects} defects"
