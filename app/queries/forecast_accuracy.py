"""How far published forecasts were off, beside plain rules: pub_forecast_accuracy."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read

OURS = "error_minor"
RULES = ("due_date_error_minor", "last_year_error_minor", "mean_13_error_minor")


def forecast_accuracy(scope: Scope, client_id: str, first_week: int = 1, last_week: int = 13) -> tuple[Row, ...]:
    """One row per bucket of flows ("all" first) over a run of weeks ahead: forecasts scored, what moved, errors.

    Errors are sums of absolute misses in minor units; divided by `actual_minor` they are shares (WAPE).
    """
    sums = ", ".join(f"sum({name})::bigint as {name}" for name in ("actual_minor", OURS, *RULES))
    return read(
        scope,
        "pub_forecast_accuracy",
        "where client_id = $client_id and week_number between $first_week and $last_week"
        " group by bucket order by bucket <> 'all', sum(actual_minor) desc, bucket",
        columns=f"bucket, sum(forecast_count)::bigint as forecast_count, {sums},"
        " any_value(currency_code) as currency_code",
        client_id=client_id,
        first_week=first_week,
        last_week=last_week,
    )
