"""Where every figure comes from, and when the snapshot was made: pub_metrics and pub_snapshot."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read_firm


def metrics(scope: Scope) -> tuple[Row, ...]:
    """The metric registry: label, definition, model, column and unit of every figure on a screen."""
    return read_firm(scope, "pub_metrics", tail="order by label")


def snapshot_row(scope: Scope) -> Row | None:
    """Advisor, as-of and build time of the snapshot."""
    rows = read_firm(scope, "pub_snapshot")
    return rows[0] if rows else None
