"""Several processes write at once: no event is lost, no number is given twice."""

from __future__ import annotations

import multiprocessing
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from execution.errors import Conflict
from execution.service import ControlPlane
from execution.store import Store, engine, insert_if_absent, tables
from execution.store.flock import write_turn
from execution.store.migrate import migrate
from tests.execution.plane import demo_plane

WRITERS, EACH = 4, 10


def _write(folder: str, url: str) -> None:
    plane = demo_plane(Path(folder), url)
    for place in range(EACH):
        plane.audit.record_refusal(None, "try", f"request-{place}", "no")


def test_processes_take_turns(plane: ControlPlane, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(tmp_path), plane.store.url)) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(90)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    report = plane.audit.verify("system")[0]
    assert (report.ok, report.events) == (True, WRITERS * EACH)


def test_who_waits_too_long_is_told_and_holds_up_nobody(tmp_path: Path) -> None:
    lock = tmp_path / "store.lock"
    with write_turn(lock), pytest.raises(Conflict, match="busy for 0 s"), write_turn(lock, wait_seconds=0.05):
        raise AssertionError("two writers at once")
    with write_turn(lock, wait_seconds=10.0):
        pass


def test_turns_come_to_everybody_who_waits(tmp_path: Path) -> None:
    lock, had, inside = tmp_path / "store.lock", [], []

    def write(name: int) -> None:
        for _ in range(20):
            with write_turn(lock):
                inside.append(name)
                assert len(inside) == 1
                inside.remove(name)
        had.append(name)

    threads = [threading.Thread(target=write, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(had) == list(range(6))


def test_a_row_that_is_new_is_told_from_one_that_was_there(store_url: str) -> None:
    migrate(store_url)
    store, at = Store(store_url), datetime(2026, 11, 24, tzinfo=UTC)
    told = []
    for _ in range(2):
        with store.begin() as connection:
            told.append(insert_if_absent(connection, tables.advisor, advisor_id="f", advisor_name="F", created_at=at))
    assert told == [True, False]
    store.dispose()


def test_a_connection_that_died_while_it_lay_idle_is_replaced(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = Store(postgres_url), Store(postgres_url)
    with store.read() as connection:
        backend = connection.execute(sa.select(sa.func.pg_backend_pid())).scalar_one()
    with other.begin() as connection:
        connection.execute(sa.select(sa.func.pg_terminate_backend(backend, 5000)))
    monkeypatch.setattr(engine, "IDLE_SECONDS", 0.0)
    with store.read() as connection:
        assert connection.execute(sa.select(sa.func.pg_backend_pid())).scalar_one() != backend
    store.dispose()
    other.dispose()
