"""How long `rowcol score reconcile` takes by size, files to file: rows, seconds, peak memory, and whether it was right.

python -m tests.bench.bench_reconcile_speed                      100 k, 300 k, 1 M and 2 M lines
python -m tests.bench.bench_reconcile_speed 1000000 --months     one size; bills carry the month of payment instead

Each size runs as a process of its own. Wall seconds depend on whatever else the machine does; the last column divides
the processor's seconds by n log n, so that a growth faster than that shows as a rise.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from tests.bench.payment_files import made

SIZES = (100_000, 300_000, 1_000_000, 2_000_000)


def run(lines: int, seed: int, folder: Path, *, months: bool) -> str:
    """Make the files, score them, and give the table's row."""
    bills, bank, truth = made(lines, seed)
    if months:
        paid = truth.join(bank.select("bank_line_id", "date"), on="bank_line_id")
        bills = bills.join(paid, on="bill_id", how="left", maintain_order="left")
        month = pl.coalesce("date", "issued_date").dt.strftime("%Y-%m")
        bills = bills.select("bill_id", "supplier", "amount", month=month)
    paths = [folder / name for name in ("bills.csv", "lines.csv", "out.csv")]
    bills.write_csv(paths[0])
    bank.write_csv(paths[1])
    count = bills.height
    del bills, bank
    command = [sys.executable, "-m", "orchestration.cli", "score", "reconcile", *map(str, paths)]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{lines} lines failed")
    found = pl.read_csv(paths[2], infer_schema=False)
    right = found.join(truth, on=["bill_id", "bank_line_id"], how="semi")
    auto, auto_right = (some.filter(pl.col("method").str.starts_with("auto")).height for some in (found, right))
    figures = [right.height / max(1, found.height), right.height / truth.height, auto_right / max(1, auto)]
    shown = " | ".join(f"{value:.4f}" for value in figures)
    busy = usage.ru_utime + usage.ru_stime
    per = 1e6 * busy / (lines * math.log2(lines))
    return (
        f"| {lines:,} | {count:,} | {seconds:.1f} | {busy:.1f} | {usage.ru_maxrss / 1024:,.0f} | {shown} | {per:.3f} |"
    )


def main() -> None:
    """Parse, and print a row per size."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("sizes", type=int, nargs="*", default=SIZES)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--months", action="store_true")
    given = options.parse_args()
    print("| bank lines | bills | wall s | CPU s | MB | precision | recall | auto precision | CPU µs per n log2 n |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for size in given.sizes:
            print(run(size, given.seed, Path(folder), months=given.months), flush=True)


if __name__ == "__main__":
    main()
