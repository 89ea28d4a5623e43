"""Warehouse: every dbt model as an asset, every dbt test as its check. What they mean is said in dbt_project/."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, dbt_assets

from orchestration.assets.raw import POOL
from orchestration.resources import Installation, dbt_project
from orchestration.steps.build import as_of_vars
from orchestration.writer_lock import warehouse_writer

PROJECT = dbt_project()


class LayerFirst(DagsterDbtTranslator):
    """Keys and groups from the layer: staging/stg_ramp__bills in group staging."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """The layer folder, then the model; sources name their own key (raw/ramp/bills)."""
        if dbt_resource_props["resource_type"] == "model":
            return dg.AssetKey([dbt_resource_props["fqn"][1], dbt_resource_props["name"]])
        if dbt_resource_props["resource_type"] == "seed":
            return dg.AssetKey(["seeds", dbt_resource_props["name"]])
        return super().get_asset_key(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str | None:
        """The layer."""
        return self.get_asset_key(dbt_resource_props).path[0]


TRANSLATOR = LayerFirst(settings=DagsterDbtTranslatorSettings(enable_asset_checks=True))


@dbt_assets(
    manifest=PROJECT.manifest_path, project=PROJECT, name="warehouse", dagster_dbt_translator=TRANSLATOR, pool=POOL
)
def warehouse(context: dg.AssetExecutionContext, dbt: DbtCliResource, installation: Installation) -> Iterator[Any]:
    """Build and test; a failing test stops what stands on it."""
    as_of = installation.as_of_at(installation.plane())
    with warehouse_writer(installation.paths.warehouse_lock, on_wait=context.log.info):
        variables = ["--vars", json.dumps(as_of_vars(as_of))]
        build = ["build", "--exclude-resource-type", "unit_test", *variables]
        yield from dbt.cli(build, context=context).stream()
        # The lineage page goes into each snapshot; publish looks for it where every build leaves it.
        docs = ["docs", "generate", "--static", *variables]
        dbt.cli(docs, target_path=installation.paths.dbt_target).wait()


assets = [warehouse]
