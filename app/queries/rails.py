"""How fresh each rail is, and which connection failed and why: pub_rail_health."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read

RAIL_ORDER = "case rail when 'qbo' then 0 when 'plaid' then 1 when 'ramp' then 2 else 3 end"


def rail_health(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """One row per rail of a client."""
    return read(scope, "pub_rail_health", f"where client_id = $client_id order by {RAIL_ORDER}", client_id=client_id)


def firm_rail_health(scope: Scope) -> tuple[Row, ...]:
    """Every connection of the scope's clients, failed and stale ones first."""
    return read(
        scope,
        "pub_rail_health",
        "order by case status when 'failed' then 0 when 'stale' then 1 when 'ageing' then 2 else 3 end,"
        f" client_id, {RAIL_ORDER}",
    )


def failed_rails(scope: Scope) -> tuple[Row, ...]:
    """Connections whose last sync failed."""
    return read(
        scope, "pub_rail_health", f"where status = 'failed' or last_outcome = 'failed' order by client_id, {RAIL_ORDER}"
    )
