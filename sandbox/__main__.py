"""`python -m sandbox`: make a world, serve it, or print its hidden truth."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import date
from pathlib import Path


def _parser() -> argparse.ArgumentParser:
    default = Path(os.environ.get("ROWCOL_DATA", "data")) / "sandbox" / "world.db"
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    made = argparse.ArgumentParser(add_help=False)
    made.add_argument("--clients", type=int, default=12, help="how many client businesses (default 12)")
    made.add_argument("--months", type=int, default=18, help="months of history before --end (default 18)")
    made.add_argument("--seed", type=int, default=7, help="same seed, same bytes (default 7)")
    made.add_argument("--end", type=date.fromisoformat, default=None, help="the world's today (default: this day)")
    made.add_argument("--defects", choices=("default", "all"), default="default",
                      help="default: half of the named kinds per client; all: every kind in each")  # fmt: skip
    made.add_argument("--firms", type=int, default=1, help="accounting firms that share the clients (default 1)")
    generate = commands.add_parser("generate", parents=[made], help="write a world file")
    generate.add_argument("--out", type=Path, default=default)
    serve = commands.add_parser("serve", parents=[made], help="serve the four rails; makes the world when absent")
    serve.add_argument("--world", type=Path, default=default)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--base-port", type=int, default=8800)
    truth = commands.add_parser("truth", help="print the hidden truth as JSON")
    truth.add_argument("--world", type=Path, default=default)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    given = _parser().parse_args(arguments)
    if given.command == "truth":
        from sandbox.world.truth import truth

        try:
            sys.stdout.buffer.write(truth(given.world) + b"\n")
        except FileNotFoundError as missing:
            print(missing, file=sys.stderr)
            return 1
        return 0
    target: Path = given.out if given.command == "generate" else given.world
    if given.command == "generate" or not target.exists():
        from sandbox.world.generate import generate

        # Only here the wall clock is asked: which day a new world calls today.
        generate(target, clients=given.clients, months=given.months, seed=given.seed,
                 end=given.end or date.today(), firms=given.firms,
                 defect_level=given.defects)  # fmt: skip
        print(f"sandbox world written to {target}", file=sys.stderr)
    if given.command == "serve":
        from sandbox.server import serve

        serve(target, host=given.host, base_port=given.base_port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
