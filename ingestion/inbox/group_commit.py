"""One thread writes for everybody: what arrives while a commit is on its way to disk shares the next one.

A commit costs a wait for the disk whatever it holds, so a busy receiver stores hundreds of deliveries for the price
of one, and an idle one loses no time: nobody waits for a batch to fill. Each caller is answered after its own commit.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import Future
from datetime import datetime

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from ingestion.inbox.errors import InboxFull
from ingestion.inbox.events import Delivery, RefusalCount, RefusedAs
from ingestion.inbox.store import InboxStore

BATCH_MAX = 512  # Deliveries in a commit: 10 ms of work on SQLite, so nobody behind it waits long.
QUEUE_MAX = 10_000  # Deliveries that wait in memory; beyond it the disk does not keep up, and 503 is honest.
WAITING_MAX = 200_000  # Events that nobody has looked into: two days of a large firm's webhooks.
COUNT_EVERY_SECONDS = 2.0  # How often the events that wait are counted; in between they are reckoned.
REFUSALS_EVERY_SECONDS = 1.0  # A flood of refusals costs one write in that time.

Pending = tuple[Delivery, Future[int]]


class GroupCommit:
    """Puts deliveries on disk in shared transactions, and refusals' counts with them."""

    def __init__(self, store: InboxStore, *, batch_max: int = BATCH_MAX, waiting_max: int = WAITING_MAX) -> None:
        self._store, self._batch_max, self._waiting_max = store, batch_max, waiting_max
        self._queue: deque[Pending] = deque()
        self._refused: dict[RefusedAs, RefusalCount] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closing = False
        self._is_writing = False
        self._waiting, self._counted_at = 0, float("-inf")
        self._refused_written_at = float("-inf")

    def put(self, delivery: Delivery) -> Future[int]:
        """How many of its events were new, once it is on disk. Raises InboxFull at once when too much waits.

        The future fails with SQLAlchemy's error when the disk or the database does not take it.
        """
        done: Future[int] = Future()
        with self._changed:
            if len(self._queue) >= QUEUE_MAX:
                raise InboxFull(f"{QUEUE_MAX} deliveries wait for the disk; deliver again later")
            if self._waiting >= self._waiting_max:
                self._recount()
            if self._waiting >= self._waiting_max:
                raise InboxFull(f"{self._waiting_max} webhooks wait already; deliver again later")
            self._queue.append((delivery, done))
            self._wake()
        return done

    def refuse(self, whose: RefusedAs, at: datetime) -> None:
        """Count a refused delivery. Nobody is promised anything, so nobody waits for it."""
        with self._changed:
            one = RefusalCount(1, at)
            before = self._refused.get(whose)
            self._refused[whose] = before.plus(one) if before else one
            self._wake()

    def flush(self) -> None:
        """Wait until everything that was put or refused so far is written."""
        with self._changed:
            self._refused_written_at = float("-inf")
            self._wake()
            self._changed.wait_for(lambda: not self._queue and not self._refused and not self._is_writing)

    def close(self) -> None:
        """Write what is left and end the thread."""
        with self._changed:
            self._is_closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _wake(self) -> None:
        if self._is_closing:
            raise InboxFull("the inbox is closing; deliver again later")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="inbox-commit", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._is_writing = False
                self._changed.notify_all()
                while not self._is_work() and not self._is_closing:
                    self._changed.wait(REFUSALS_EVERY_SECONDS if self._refused else None)
                taken = [self._queue.popleft() for _ in range(min(len(self._queue), self._batch_max))]
                # Whoever went away meanwhile was promised nothing.
                batch = [one for one in taken if one[1].set_running_or_notify_cancel()]
                refused, self._refused = self._refused, {}
                if not taken and not refused and self._is_closing:
                    return
                self._is_writing = True
            self._write(batch, refused)

    def _is_work(self) -> bool:
        is_time = time.monotonic() - self._refused_written_at >= REFUSALS_EVERY_SECONDS
        return bool(self._queue) or (bool(self._refused) and is_time)

    def _write(self, batch: list[Pending], refused: dict[RefusedAs, RefusalCount]) -> None:
        self._refused_written_at = time.monotonic()
        try:
            counts = self._store.add([delivery for delivery, _ in batch], refused)
        except Exception as error:  # This thread answers for everybody: it says what went wrong and goes on.
            # A database that is away refuses each alike; one delivery that it cannot take must not fail the others.
            # The counts of refusals are lost with this write: nobody was promised them, and kept they would pile up.
            if len(batch) > 1 and not isinstance(error, OperationalError):
                for one in batch:
                    self._write([one], {})
                return
            for _, done in batch:
                done.set_exception(error)
            return
        self._waiting += sum(counts)
        for (_, done), count in zip(batch, counts, strict=True):
            done.set_result(count)

        self._recount()

    def _recount(self) -> None:
        if time.monotonic() - self._counted_at < COUNT_EVERY_SECONDS:
            return
        self._counted_at = time.monotonic()
        try:
            self._waiting = self._store.backlog().events
        except SQLAlchemyError:
            return  # Asked again soon; the reckoned number stands till then.
