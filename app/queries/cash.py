"""A client's cash by week and what stands behind it: pub_cash_weeks, pub_cash_lines, pub_accounts."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read


def cash_weeks(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """Eight past and thirteen coming weeks, oldest first."""
    return read(scope, "pub_cash_weeks", "where client_id = $client_id order by week_start_date", client_id=client_id)


def lowest_week(scope: Scope, client_id: str) -> Row | None:
    """The coming week that closes lowest, or None without a projection."""
    rows = read(
        scope,
        "pub_cash_weeks",
        "where client_id = $client_id and is_forecast order by closing_balance_minor, week_number limit 1",
        client_id=client_id,
    )
    return rows[0] if rows else None


def horizon(scope: Scope, client_id: str, first_week: int, last_week: int) -> Row | None:
    """In, out, lowest close with its likely range, and the weakest week's chance, over a run of coming weeks."""
    rows = read(
        scope,
        "pub_cash_weeks",
        "where client_id = $client_id and week_number between $first_week and $last_week having count(*) > 0",
        columns=(
            "sum(inflow_minor)::bigint as inflow_minor, sum(outflow_minor)::bigint as outflow_minor,"
            " min(closing_balance_minor) as closing_balance_minor_lowest,"
            " arg_min(closing_balance_minor_low, closing_balance_minor) as closing_balance_minor_low,"
            " arg_min(closing_balance_minor_high, closing_balance_minor) as closing_balance_minor_high,"
            " arg_min(week_start_date, closing_balance_minor) as lowest_week_start_date,"
            " bool_or(is_below_buffer) as is_below_buffer, any_value(currency_code) as currency_code,"
            " min(case when is_below_buffer then week_start_date end) as breach_week_start_date,"
            " max(breach_probability) as breach_probability"
        ),
        client_id=client_id,
        first_week=first_week,
        last_week=last_week,
    )
    return rows[0] if rows else None


def cash_lines(scope: Scope, client_id: str, week_number: int) -> tuple[Row, ...]:
    """The lines behind one week, largest first."""
    return read(
        scope,
        "pub_cash_lines",
        "where client_id = $client_id and week_number = $week_number order by abs(amount_minor) desc, label",
        client_id=client_id,
        week_number=week_number,
    )


def accounts(scope: Scope, client_id: str) -> tuple[Row, ...]:
    """The client's bank accounts, cash first."""
    return read(
        scope, "pub_accounts", "where client_id = $client_id order by is_cash desc, account_name", client_id=client_id
    )
