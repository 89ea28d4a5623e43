"""Schedules: when the whole graph refreshes by itself."""

import os

import dagster as dg

from orchestration.jobs import refresh

# The firm's zone, because "before the team starts" is a local time.
TIME_ZONE = os.environ.get("ROWCOL_TIME_ZONE", "America/New_York")

nightly = dg.ScheduleDefinition(
    name="nightly",
    job=refresh,
    cron_schedule="0 4 * * *",
    execution_timezone=TIME_ZONE,
    description="After the banks have posted, before the firm starts work.",
)
intraday = dg.ScheduleDefinition(
    name="intraday",
    job=refresh,
    cron_schedule="0 9,12,15 * * 1-5",
    execution_timezone=TIME_ZONE,
    description="Business days: fresh balances before the usual hours of approval.",
)

schedules = [nightly, intraday]
