"""Raw: an asset per table that a rail lands. Talking to a rail is ingestion's job; this file only wraps it."""

from collections.abc import Iterator
from importlib import import_module

import dagster as dg
import duckdb

from ingestion import RAILS
from orchestration import run_log
from orchestration.resources import Installation
from orchestration.steps.load import load_rails
from orchestration.writer_lock import warehouse_writer

POOL = "warehouse_writer"


class LoadConfig(dg.Config):
    """Which clients to load; empty means all."""

    client_ids: list[str] = []


def tables_of(rail: str) -> list[str]:
    """The tables that a rail lands, as ingestion declares them."""
    return list(import_module(f"ingestion.{rail}.columns").TABLES)


def key(rail: str, table: str) -> dg.AssetKey:
    """raw/<rail>/<table>."""
    return dg.AssetKey(["raw", rail, table])


def raw_assets(rail: str) -> dg.AssetsDefinition:
    """One load of one rail: all its tables, all chosen clients, each connection in its own bulkhead."""

    @dg.multi_asset(
        name=f"raw_{rail}",
        specs=[dg.AssetSpec(key(rail, table), group_name="raw", kinds={"dlt", "duckdb"}) for table in tables_of(rail)],
        pool=POOL,
        # Reading again is safe on every rail: rows merge on their true key and cursors move with them.
        retry_policy=dg.RetryPolicy(max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL),
    )
    def load(
        context: dg.AssetExecutionContext, config: LoadConfig, installation: Installation
    ) -> Iterator[dg.MaterializeResult]:  # type: ignore[type-arg]
        plane, paths = installation.plane(), installation.paths
        as_of = installation.as_of_at(plane)
        with warehouse_writer(paths.warehouse_lock, on_wait=context.log.info):
            outcomes = load_rails(
                plane,
                paths.warehouse,
                run_id=run_log.new_run_id(as_of),
                as_of=as_of,
                control_url=paths.control_url(),
                rails=[rail],
                client_ids=config.client_ids or None,
            )
            with duckdb.connect(str(paths.warehouse), read_only=True) as warehouse:
                counts = {
                    table: warehouse.sql(f"select count(*) from raw_{rail}.{table}").fetchone()[0]  # type: ignore[index]
                    for table in tables_of(rail)
                }
        failed = [outcome for outcome in outcomes if outcome.outcome != "ok"]
        for outcome in failed:
            context.log.warning(f"{outcome.client_id} / {rail}: {outcome.reason}")
        for table, rows in counts.items():
            yield dg.MaterializeResult(
                asset_key=key(rail, table),
                metadata={
                    "dagster/row_count": rows,
                    "connections": len(outcomes),
                    "connections_failed": [outcome.client_id for outcome in failed],
                },
            )

    return load


assets = [raw_assets(rail) for rail in RAILS]
