"""What moved this week against the usual week: pub_variances."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read


def variances(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """The top three drivers of a client's week."""
    return read(scope, "pub_variances", "where client_id = $client_id order by rank limit 3", client_id=client_id)
