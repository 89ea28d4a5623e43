"""The executor process: `python -m execution.worker [--once] [--every SECONDS]`.

The only process that opens a Ramp write token. One pass: recover what was cut off, reserve, send, look for what is
unconfirmed, follow what is at Ramp, settle by the bank's posting. It may be killed at any line and started again.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import signal
import sys
import threading

from execution.clock import Clock, clock_for
from execution.errors import RowcolError
from execution.executor import Executor, Rails
from execution.facts.live import LiveRails
from execution.facts.snapshot import open_snapshot
from execution.payouts.rows import Row
from execution.senders.base import RailUnreachable
from execution.service.connections import Connections
from execution.settings import Settings
from execution.store import Store
from execution.store.migrate import migrate
from execution.vault import KeyRing
from execution.vault.keys import read_or_make

log = logging.getLogger("execution.worker")


def payee_key(settings: Settings) -> bytes:
    """The key of payee fingerprints, derived from the key-encryption key."""
    return hashlib.sha256(b"rowcol.payee.key.v1\0" + read_or_make(settings.kek_path)).digest()


def executor_for(settings: Settings, store: Store, clock: Clock) -> Executor:
    """An executor on the real rails of each client."""
    connections = Connections(store, KeyRing.from_file(settings.kek_path), clock_for(None))
    opened: dict[tuple[str, str], LiveRails] = {}

    def rails_for(row: Row) -> Rails:
        whose = (row["advisor_id"], row["client_id"])
        if whose not in opened:
            try:
                opened[whose] = LiveRails(settings, connections, *whose)
            except RowcolError as error:
                raise RailUnreachable("ramp", str(error)) from error
        return opened[whose]

    return Executor(
        store,
        clock,
        rails_for=rails_for,
        open_snapshot=lambda advisor_id: open_snapshot(settings.data, advisor_id),
        fingerprint_key=payee_key(settings),
    )


def main(arguments: list[str] | None = None) -> int:
    """Run one pass, or passes until told to stop; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m execution.worker", description=__doc__)
    parser.add_argument("--once", action="store_true", help="one pass, then end")
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="pause between passes")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings.from_env()
    migrate(settings.control_url)
    clock = clock_for(settings.clock_url)
    executor = executor_for(settings, Store(settings.control_url), clock)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while True:
        try:
            for outcome in executor.one_pass():
                print(f"{outcome.payout_id[:8]} {outcome.state} {outcome.reason}".rstrip(), flush=True)
        except RowcolError as error:
            log.warning("%s", error)
            if options.once:
                return 1
        if options.once or stop.wait(options.every):
            return 0


if __name__ == "__main__":
    sys.exit(main())
