"""The executor process: `python -m execution.worker [--once] [--every SECONDS]`.

The only process that opens a Ramp write token. One round: take what a new snapshot proves, read payees that are not
known yet, then take every payout along as far as it goes. It may be killed at any line and started again.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
import time

import sqlalchemy as sa

from execution.clock import Clock, SystemClock, clock_for
from execution.errors import RowcolError
from execution.executor import Executor
from execution.facts.inbox_hints import InboxHints
from execution.facts.live import LiveRails
from execution.facts.snapshot import NoSnapshot, current, open_snapshot
from execution.judgement import Rails
from execution.mark import Mark
from execution.payouts.leases import Leases, owner_here
from execution.payouts.released_by_clock import release_due
from execution.payouts.rows import Row
from execution.presence import Presence
from execution.senders.base import RailUnreachable
from execution.service.connections import Connections
from execution.settings import Settings
from execution.store import Store
from execution.store.migrate import migrate
from execution.store.tables import advisor
from execution.vault.sources import key_ring, payee_key

log = logging.getLogger("execution.worker")
RAILS_KEPT_SECONDS = 600.0  # Then the connection is opened anew: its secrets may have been replaced.
ASK_AGAIN_SECONDS = 60.0


def executor_for(settings: Settings, store: Store, clock: Clock, presence: Presence | None = None) -> Executor:
    """An executor on the real rails of each client. `presence` tells which other executors of this machine live."""
    connections = Connections(store, key_ring(settings), SystemClock())
    opened: dict[tuple[str, str], tuple[float, LiveRails]] = {}

    def rails_for(row: Row) -> Rails:
        whose = (row["advisor_id"], row["client_id"])
        since, rails = opened.get(whose, (0.0, None))
        if rails is None or time.monotonic() - since > RAILS_KEPT_SECONDS:
            try:
                rails = LiveRails(settings, connections, *whose)
            except RowcolError as error:
                raise RailUnreachable("ramp", str(error)) from error
            opened[whose] = (time.monotonic(), rails)
        return rails

    return Executor(
        store,
        clock,
        rails_for=rails_for,
        open_snapshot=lambda advisor_id: open_snapshot(settings.data, advisor_id),
        fingerprint_key=payee_key(settings),
        leases=Leases(store, presence.owner, is_dead=presence.is_dead) if presence else None,
        new_hints=InboxHints(settings.inbox_url, SystemClock().now()).new,
        watched_by=(Mark(settings.executors_dir), presence) if presence else None,
    )


class Worker:
    """Rounds of the executor, and what goes on beside them: new snapshots, unknown payees."""

    def __init__(self, settings: Settings, store: Store, clock: Clock, payees_a_round: int = 20) -> None:
        self._payees_a_round = payees_a_round
        self._settings, self._store, self._clock = settings, store, clock
        self._presence = Presence(settings.executors_dir, owner_here())
        self._executor = executor_for(settings, store, clock, self._presence)
        self._snapshots: dict[str, str] = {}
        self._unread_payees: dict[str, float] = {}  # Firm → when (monotonic) to go on reading its payees.
        self._said = ""
        self.stop = threading.Event()

    def round(self) -> bool:
        """Everything that is due now; whether it went through. Says each thing that it did in one line."""
        try:
            for advisor_id in self._advisors():
                self._look_at_figures(advisor_id)
            for row in release_due(self._store, self._clock):
                say(f"payout {row['payout_id'][:8]} {row['state']}: {row['state_reason'] or 'released by the clock'}")
            for outcome in self._executor.one_pass(self.stop.is_set):
                say(f"payout {outcome.payout_id[:8]} {outcome.state}: {outcome.reason}".rstrip(": "))
        except RowcolError as error:
            return self._waits(str(error))
        except sa.exc.OperationalError as error:
            return self._waits(f"The control store does not answer: {str(error.orig).strip()}")
        self._said = ""
        return True

    def _waits(self, why: str) -> bool:
        """A clock or a store that does not answer: said once, tried again at the next round. Always False.

        A call that was on the wire then is found by its lease, like that of an executor that was killed.
        """
        if why != self._said:
            log.warning("%s", why)
        self._said = why
        return False

    def close(self) -> None:
        """The end of a clean stop: nothing of ours is on the wire."""
        self._presence.leave()

    def _advisors(self) -> list[str]:
        with self._store.read() as cx:
            return list(cx.execute(sa.select(advisor.c.advisor_id).order_by(advisor.c.advisor_id)).scalars())

    def _look_at_figures(self, advisor_id: str) -> None:
        """A new snapshot may prove payouts and name vendors whose account was never read."""
        try:
            snapshot_id = current(self._settings.data, advisor_id).snapshot_id
            if self._snapshots.get(advisor_id) != snapshot_id:
                proofs = self._executor.take_proofs(advisor_id)
                self._snapshots[advisor_id] = snapshot_id
                self._unread_payees[advisor_id] = 0.0
                say(f"firm {advisor_id}: new figures {snapshot_id}, bank lines for {proofs} payouts")
            if time.monotonic() < self._unread_payees.get(advisor_id, float("inf")):
                return
            if self._executor.learn_payees(advisor_id, self._payees_a_round) == 0:
                self._unread_payees.pop(advisor_id)
        except NoSnapshot:
            return  # Nothing was published yet, or the publisher is between file and pointer.
        except RailUnreachable as error:
            self._unread_payees[advisor_id] = time.monotonic() + ASK_AGAIN_SECONDS
            log.warning("firm %s: payees not read: %s", advisor_id, error)


def say(line: str) -> None:
    """One line of what was done, to standard output."""
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run one round, or rounds until told to stop; answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m execution.worker", description=__doc__)
    parser.add_argument("--once", action="store_true", help="one round, then end")
    parser.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help="pause between rounds")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = Settings.from_env()
    migrate(settings.control_url)
    # Round after round a few payees at a time, so that no released payout waits for them.
    payees_a_round = 100_000 if options.once else 20
    worker = Worker(settings, Store(settings.control_url), clock_for(settings.clock_url), payees_a_round)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop.set())
    went_through = worker.round()
    while not options.once and not worker.stop.wait(options.every):
        went_through = worker.round()
    worker.close()
    if options.once:
        return 0 if went_through else 1
    say("executor stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
