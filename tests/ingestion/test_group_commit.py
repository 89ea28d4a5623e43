"""Shared commits: everybody gets the answer of their own delivery, and nobody pays for another's."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import DataError, OperationalError

from ingestion.inbox.errors import InboxFull
from ingestion.inbox.events import Delivery, Event, OwnedEvent, RefusalCount, RefusedAs, Subscriber
from ingestion.inbox.group_commit import QUEUE_MAX, GroupCommit
from ingestion.inbox.store import InboxStore

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WHOSE = Subscriber("c1", "x1")
FORGED = RefusedAs("ramp", "c1", "signature")


def delivery(*keys: str) -> Delivery:
    events = tuple(OwnedEvent.of("ramp", WHOSE, Event(key, "bills.paid", "b1", None)) for key in keys)
    return Delivery(events, b"{}", NOW)


class Watched(InboxStore):
    """A store that can be held before a commit, tells what was in each, and cannot take what is `poison`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.open, self.batches = threading.Event(), list[int]()
        self.reached = threading.Event()
        self.is_away = False

    def add(self, deliveries: Sequence[Delivery], refused: Mapping[RefusedAs, RefusalCount]) -> list[int]:
        self.reached.set()
        assert self.open.wait(20)
        if self.is_away:
            raise OperationalError("insert", {}, Exception("the database is away"))
        if any("poison" in event.stored_key for one in deliveries for event in one.events):
            raise DataError("insert", {}, Exception("cannot be stored"))
        self.batches.append(len(deliveries))
        return super().add(deliveries, refused)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Watched]:
    made = Watched(f"sqlite:///{tmp_path}/inbox.db")
    yield made
    made.open.set()
    made.close()


@pytest.fixture
def commits(store: Watched) -> Iterator[GroupCommit]:
    made = GroupCommit(store)
    yield made
    store.open.set()
    made.close()


def begun_together(commits: GroupCommit, store: Watched, *deliveries: Delivery) -> list[Future[int]]:
    """The first holds the disk; all others come while it is on its way."""
    first = commits.put(deliveries[0])
    assert store.reached.wait(20)
    rest = [commits.put(one) for one in deliveries[1:]]
    store.open.set()
    return [first, *rest]


def test_what_comes_meanwhile_shares_one_commit(commits: GroupCommit, store: Watched) -> None:
    futures = begun_together(commits, store, *(delivery(f"e{number}") for number in range(50)))
    assert [future.result(20) for future in futures] == [1] * 50
    assert store.batches == [1, 49] and len(store.waiting(100)) == 50


def test_of_two_copies_in_one_commit_the_first_is_new(commits: GroupCommit, store: Watched) -> None:
    futures = begun_together(
        commits,
        store,
        delivery("a"),
        delivery("b", "c"),
        delivery("b", "c"),
        delivery("c", "d"),
        delivery("a"),
        delivery("e", "e"),
    )
    assert [future.result(20) for future in futures] == [1, 2, 0, 1, 0, 1]


def test_one_that_cannot_be_stored_fails_alone(commits: GroupCommit, store: Watched) -> None:
    futures = begun_together(commits, store, delivery("a"), delivery("b"), delivery("poison"), delivery("c"))
    with pytest.raises(DataError):
        futures[2].result(20)
    assert [futures[at].result(20) for at in (0, 1, 3)] == [1, 1, 1]


def test_a_database_that_is_away_fails_each_and_then_works_again(commits: GroupCommit, store: Watched) -> None:
    store.is_away = True
    for future in begun_together(commits, store, delivery("a"), delivery("b")):
        with pytest.raises(OperationalError):
            future.result(20)
    store.is_away = False
    assert commits.put(delivery("a")).result(20) == 1


def test_whoever_goes_away_does_not_hold_up_the_others(commits: GroupCommit, store: Watched) -> None:
    first = commits.put(delivery("a"))
    assert store.reached.wait(20)
    gone, stays = commits.put(delivery("b")), commits.put(delivery("c"))
    assert gone.cancel()
    store.open.set()
    assert (first.result(20), stays.result(20)) == (1, 1)
    assert commits.put(delivery("b")).result(20) == 1, "it was promised nothing, so its rail sends it again"


def test_an_inbox_that_nobody_empties_says_so(store: Watched) -> None:
    commits = GroupCommit(store, waiting_max=2)
    begun_together(commits, store, delivery("a", "b"))[0].result(20)
    with pytest.raises(InboxFull, match="2 webhooks wait"):
        commits.put(delivery("c"))
    commits.close()


def test_memory_is_bounded_when_the_disk_stands_still(commits: GroupCommit, store: Watched) -> None:
    commits.put(delivery("first"))
    assert store.reached.wait(20)
    one = delivery("same")
    for _ in range(QUEUE_MAX):
        commits.put(one)
    with pytest.raises(InboxFull, match="wait for the disk"):
        commits.put(one)


def test_a_flood_of_refusals_is_a_few_writes(commits: GroupCommit, store: Watched) -> None:
    store.open.set()
    for _ in range(5_000):
        commits.refuse(FORGED, NOW)
    commits.flush()
    assert store.refusals() == [(FORGED, RefusalCount(5_000, NOW))]
    assert len(store.batches) < 50


def test_closing_writes_what_was_begun(tmp_path: Path) -> None:
    store = InboxStore(f"sqlite:///{tmp_path}/inbox.db")
    commits = GroupCommit(store)
    futures = [commits.put(delivery(f"e{number}")) for number in range(20)]
    commits.refuse(FORGED, NOW)
    commits.close()
    assert [future.result(0) for future in futures] == [1] * 20
    assert store.refusals() == [(FORGED, RefusalCount(1, NOW))]
    with pytest.raises(InboxFull, match="closing"):
        commits.put(delivery("later"))
    store.close()
