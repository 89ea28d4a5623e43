"""The one assembly: `dagster dev -m orchestration.definitions` shows the whole graph."""

from orchestration.telemetry import switch_off

switch_off()

import dagster as dg  # noqa: E402  (telemetry first)

from orchestration.assets import published, raw, warehouse  # noqa: E402
from orchestration.checks import checks  # noqa: E402
from orchestration.jobs import jobs  # noqa: E402
from orchestration.resources import Installation, dbt_cli  # noqa: E402
from orchestration.schedules import schedules  # noqa: E402
from orchestration.sensors import sensors  # noqa: E402

defs = dg.Definitions(
    assets=[*raw.assets, *warehouse.assets, *published.assets],
    asset_checks=checks,
    jobs=jobs,
    schedules=schedules,
    sensors=sensors,
    resources={"installation": Installation(), "dbt": dbt_cli(warehouse.PROJECT)},
    # Starting a process per step costs seconds of imports, and DuckDB has one writer anyway.
    executor=dg.in_process_executor,
)
