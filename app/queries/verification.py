"""Drift of planned against actual cash: pub_cash_drift, and the lines that it is made of."""

from __future__ import annotations

from datetime import date

from app.queries.snapshot import Row, Scope, read


def drift(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """A client's weeks, newest first."""
    return read(
        scope, "pub_cash_drift", "where client_id = $client_id order by week_start_date desc, currency_code",
        client_id=client_id,
    )  # fmt: skip


def drift_lines(scope: Scope, client_id: str, week_start_date: date | None = None) -> tuple[Row, ...]:
    """What a client's drift is made of, one week's or all, what did not go as planned first."""
    return read(
        scope,
        "pub_drift_lines",
        "where client_id = $client_id and week_start_date = coalesce($week, week_start_date) "
        "order by week_start_date desc, kind = 'as planned', abs(actual_minor - planned_minor) desc, line_key",
        client_id=client_id,
        week=week_start_date,
    )
