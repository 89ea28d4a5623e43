"""Load: the one call that brings rails to raw, and says how each connection fared."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import dlt
import duckdb
from dlt.pipeline.exceptions import PipelineStepFailed

from ingestion.bulkhead import Fetched, fetch
from ingestion.changes import Changed
from ingestion.connections import Connection, TokenStore
from ingestion.control_journal import replace_control_tables
from ingestion.files import FileStore, replace_file_tables
from ingestion.outcomes import Progress, SyncOutcome, append_outcomes
from ingestion.pipeline import cursor_of, cursors_in, ensure_raw_tables, find_changes, land, pipeline_for
from ingestion.rails import RAILS, Rail, rail_named
from ingestion.settings import Settings

logger = logging.getLogger(__name__)


@dataclass
class _Run:
    """What every step of one load needs."""

    warehouse: Path
    run_id: str
    as_of: datetime
    settings: Settings
    folder: Path
    tokens: TokenStore | None
    on_progress: Callable[[Progress], None] | None
    pipelines: dict[str, dlt.Pipeline] = field(default_factory=dict)


def load(
    connections: Sequence[Connection],
    *,
    warehouse: Path,
    run_id: str,
    as_of: datetime,
    tokens: TokenStore | None,
    control_url: str | None,
    rails: Sequence[str] = RAILS,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[SyncOutcome]:
    """Bring what changed on the given connections to raw; one outcome per connection, failed ones named.

    `as_of` (UTC) bounds what is asked of the rails that allow it. Raises UnknownRail for a rail that is
    not ours and whatever the warehouse itself refuses; a connection's own trouble is an outcome.
    """
    chosen = [rail_named(name) for name in rails]
    for name in {connection.rail for connection in connections}:
        rail_named(name)
    settings = Settings.from_env()
    settings.dlt_dir.mkdir(parents=True, exist_ok=True)
    ensure_raw_tables(warehouse)
    if control_url:
        replace_control_tables(control_url, warehouse)
    # A warehouse that was made anew has to have again what no rail can be asked for.
    replace_file_tables(FileStore(settings.data), warehouse, only_if_changed=True)
    folder = Path(tempfile.mkdtemp(prefix="load-", dir=settings.dlt_dir))
    run = _Run(warehouse, run_id, as_of, settings, folder, tokens, _one_at_a_time(on_progress))
    outcomes: list[SyncOutcome] = []
    try:
        with ThreadPoolExecutor(settings.threads, thread_name_prefix="rail") as pool:
            started = [(rail, *_start(run, rail, connections, pool)) for rail in chosen]
            for rail, cursors, futures in started:
                fetched = [future.result() for future in futures]
                if fetched:
                    outcomes += _finish(run, rail, cursors, fetched)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with duckdb.connect(str(warehouse)) as connection:
        append_outcomes(connection, outcomes)
    return outcomes


def _start(
    run: _Run, rail: Rail, connections: Sequence[Connection], pool: ThreadPoolExecutor
) -> tuple[Mapping[str, object], list[Future[Fetched]]]:
    """Begin to read all connections of a rail from their committed cursors."""
    ours = [connection for connection in connections if connection.rail == rail.name]
    if not ours:
        return {}, []
    run.pipelines[rail.name] = pipeline_for(rail, run.warehouse, run.settings)
    cursors = cursors_in(run.pipelines[rail.name], rail)
    futures = []
    for number, one in enumerate(ours):
        cursor = cursor_of(cursors, one.connection_id, one.external_account_id)
        place = run.folder / rail.name / str(number)
        futures.append(pool.submit(fetch, rail, one, cursor, place, run.as_of, run.tokens, run.on_progress))
    return cursors, futures


def _finish(run: _Run, rail: Rail, cursors: Mapping[str, object], fetched: Sequence[Fetched]) -> list[SyncOutcome]:
    """Land what the good connections brought; when the landing itself fails, nothing of the rail moved."""
    try:
        # A read may still be refused here, so cursors move only after it.
        changes = find_changes(rail, fetched, run.warehouse, run.folder)
        moved = _moved(cursors, fetched)
        if moved != cursors or changes:
            land(run.pipelines[rail.name], rail, changes, moved, run.settings.batch_rows)
    except (PipelineStepFailed, duckdb.Error) as error:
        logger.exception("%s: the load into the warehouse failed", rail.name)
        return [_outcome(run, rail, one, [], f"{type(error).__name__}: {error}") for one in fetched]
    return [_outcome(run, rail, one, changes, None) for one in fetched]


def _moved(cursors: Mapping[str, object], fetched: Sequence[Fetched]) -> dict[str, object]:
    """All cursors of the rail, those of the good connections moved on."""
    moved = dict(cursors)
    for one in fetched:
        if one.failure is None:
            moved[one.connection.connection_id] = {
                "external_account_id": one.connection.external_account_id,
                "cursor": one.cursor,
            }
    return moved


def _outcome(run: _Run, rail: Rail, one: Fetched, changes: Sequence[Changed], load_error: str | None) -> SyncOutcome:
    client_id = one.connection.client_id
    reason_code = reason = None
    if one.failure:
        reason_code, reason = one.failure.reason_code, one.failure.sentence(client_id, rail.name)
    elif load_error:
        reason_code = "load_failed"
        reason = (
            f"Client {client_id} on {rail.name}: the rail was read but the warehouse did not take the rows "
            f"({load_error[:300]}). Nothing moved; run the load again."
        )
    return SyncOutcome(
        run_id=run.run_id,
        client_id=client_id,
        rail=rail.name,
        connection_id=one.connection.connection_id,
        started_at=one.started_at,
        finished_at=one.finished_at,
        outcome="failed" if reason_code else "ok",
        reason_code=reason_code,
        reason=reason,
        rows_read=one.rows_read if not one.failure else 0,
        rows_changed=0 if reason_code else sum(c.rows_by_client.get(client_id, 0) for c in changes),
        requests_made=one.requests_made,
        as_of_at=run.as_of,
    )


def _one_at_a_time(on_progress: Callable[[Progress], None] | None) -> Callable[[Progress], None] | None:
    """The same callback, called by one thread at a time: whoever draws need not lock."""
    if on_progress is None:
        return None
    lock = threading.Lock()

    def told(progress: Progress) -> None:
        with lock:
            on_progress(progress)

    return told
