"""Jobs: selections of the graph that run as one."""

import dagster as dg

from ingestion import RAILS

refresh = dg.define_asset_job(
    "refresh",
    selection=dg.AssetSelection.all(),
    description="Load every rail, build, test, publish.",
)

# The parts of a run that a webhook can ask for: one rail, then the whole warehouse.
refresh_rail = {
    rail: dg.define_asset_job(
        f"refresh_{rail}",
        # Everything above raw is rebuilt: the figures of one snapshot share one as-of.
        selection=dg.AssetSelection.key_prefixes(["raw", rail])
        | (dg.AssetSelection.all() - dg.AssetSelection.key_prefixes(["raw"])),
        description=f"Load what changed on {rail}, rebuild, publish.",
    )
    for rail in RAILS
}

jobs = [refresh, *refresh_rail.values()]
