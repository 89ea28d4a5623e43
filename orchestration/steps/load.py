"""Load: hand the control store's connections to ingestion and keep what came of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from execution.service import ControlPlane
    from ingestion import Progress, SyncOutcome


def load_rails(
    plane: ControlPlane,
    warehouse: Path,
    *,
    run_id: str,
    as_of: datetime,
    control_url: str,
    rails: Iterable[str] | None = None,
    client_ids: Iterable[str] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[SyncOutcome]:
    """Load the chosen connections (all by default) into the warehouse; one outcome per connection.

    A connection that fails is an outcome, not an error: the others load.
    """
    from ingestion import RAILS, Connection, load

    chosen = tuple(rails or RAILS)
    rows = plane.connections.for_ingestion(rails=chosen, client_ids=list(client_ids) if client_ids else None)
    connections = [
        Connection(
            advisor_id=row.advisor_id,
            client_id=row.client_id,
            rail=row.rail,
            connection_id=row.connection_id,
            external_account_id=row.external_account_id,
            secrets=row.secrets,
        )
        for row in rows
    ]
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    return load(
        connections,
        warehouse=warehouse,
        run_id=run_id,
        as_of=as_of,
        tokens=plane.connections.token_store(),
        control_url=control_url,
        rails=chosen,
        on_progress=on_progress,
    )


def close_hints(outcomes: Iterable[SyncOutcome], before: datetime, note: str) -> int:
    """Close the webhooks that a load has made good: those of connections that loaded, received before it began.

    A webhook only says "go look"; whoever looked may close it. Returns how many were closed.
    """
    from ingestion.inbox import Inbox

    looked: dict[str, set[str]] = {}
    for outcome in outcomes:
        if outcome.outcome == "ok":
            looked.setdefault(outcome.rail, set()).add(outcome.client_id)
    with Inbox.from_env() as inbox:
        return sum(inbox.mark_seen(rail, clients, before, note) for rail, clients in looked.items())


def as_rows(outcomes: Iterable[SyncOutcome]) -> list[dict[str, Any]]:
    """The outcomes as plain rows for the run report."""
    fields = ("client_id", "rail", "outcome", "reason_code", "reason", "rows_read", "rows_changed", "requests_made")
    return [{name: getattr(outcome, name) for name in fields} for outcome in outcomes]
