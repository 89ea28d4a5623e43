"""Sensors: a webhook says "go look", and just the touched rail and clients are loaded again."""

import hashlib
from collections.abc import Iterator

import dagster as dg

from ingestion.inbox import Inbox
from orchestration.jobs import refresh_rail


@dg.sensor(
    name="webhook_inbox",
    jobs=list(refresh_rail.values()),
    minimum_interval_seconds=20,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Turns webhook inbox rows into incremental runs of the rail and the clients that they name.",
)
def webhook_inbox(context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """One run per rail with news; several webhooks about one client are one look.

    A webhook carries no truth, so a row is done once its run is asked for: a look that fails is made good by the
    next schedule, which reads every connection.
    """
    with Inbox.from_env() as inbox:
        rows = inbox.pending()
        for rail in sorted({row.rail for row in rows}):
            mine = [row for row in rows if row.rail == rail]
            clients = sorted({row.client_id for row in mine})
            yield dg.RunRequest(
                # The same rows never start two runs, even when marking them fails below.
                run_key=hashlib.sha256("|".join(row.event_key for row in mine).encode()).hexdigest()[:32],
                job_name=refresh_rail[rail].name,
                run_config={"ops": {f"raw_{rail}": {"config": {"client_ids": clients}}}},
                tags={"rail": rail, "clients": ",".join(clients)[:250]},
            )
            inbox.mark([row.event_key for row in mine], "done")
    if not rows:
        yield dg.SkipReason("no webhook waits")


sensors = [webhook_inbox]
