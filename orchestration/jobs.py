"""Jobs: selections of the graph that run as one."""

import dagster as dg

from ingestion import RAILS

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    description="Load every rail, build, test, publish.",
)

# The parts of a run that a webhook can ask for: one rail, and everything that stands on it.
refresh_rail = {
    rail: dg.define_asset_job(
        f"refresh_{rail}",
        selection=dg.AssetSelection.key_prefixes(["raw", rail]).downstream(),
        description=f"Load what changed on {rail}, rebuild what stands on it, publish.",
    )
    for rail in RAILS
}

jobs = [refresh, *refresh_rail.values()]
