"""Published: the snapshots that people and the executor read. Written only when every blocking check passed."""

import dagster as dg

from orchestration.assets.raw import POOL
from orchestration.assets.warehouse import warehouse
from orchestration.resources import Installation
from orchestration.steps.publish import publish
from orchestration.writer_lock import warehouse_writer

PUBLISHED_MODELS = [asset_key for asset_key in warehouse.keys if asset_key.path[0] == "published"]
SNAPSHOTS = dg.AssetKey(["published", "snapshots"])


@dg.asset(key=SNAPSHOTS, deps=PUBLISHED_MODELS, group_name="published", kinds={"duckdb"}, pool=POOL)
def snapshots(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """One immutable file per firm, and the pointer to it."""
    paths, plane = installation.paths, installation.plane()
    with warehouse_writer(paths.warehouse_lock, on_wait=context.log.info):
        done = publish(
            paths.warehouse,
            paths.published,
            as_of=installation.as_of_at(plane),
            evidence={"dagster_run_id": context.run_id},
            docs_page=paths.dbt_target / "static_index.html",
            data_docs=paths.data_docs,
        )
    for one in done:
        plane.payouts.propose_due(one.advisor_id)
    return dg.MaterializeResult(
        metadata={"firms": len(done), "dagster/row_count": sum(one.rows for one in done)},
    )


assets = [snapshots]
