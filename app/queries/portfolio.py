"""The firm's clients by runway: pub_portfolio and pub_clients."""

from __future__ import annotations

from app.queries.snapshot import Row, Scope, read

WORST_FIRST = """
order by case runway_status when 'at_risk' then 0 when 'watch' then 1 when 'unknown' then 2 else 3 end,
         runway_days nulls last, gap_to_buffer_minor, client_name
"""


def portfolio(scope: Scope) -> tuple[Row, ...]:
    """One row per client, worst runway first."""
    return read(scope, "pub_portfolio", WORST_FIRST)


def portfolio_client(scope: Scope, client_id: str) -> Row | None:
    """One client's portfolio row, or None when the scope does not hold it."""
    rows = read(scope, "pub_portfolio", "where client_id = $client_id", client_id=client_id)
    return rows[0] if rows else None


def clients(scope: Scope) -> tuple[Row, ...]:
    """The scope's clients by name."""
    return read(scope, "pub_clients", "order by client_name")


def portfolio_totals(scope: Scope) -> tuple[Row, ...]:
    """Firm totals, one row per currency: no exchange rate is invented."""
    return read(
        scope,
        "pub_portfolio",
        "group by currency_code order by count(*) desc",
        columns=(
            "currency_code, count(*) as client_count, sum(cash_available_minor)::bigint as cash_available_minor,"
            " sum(ap_due_7d_minor)::bigint as ap_due_7d_minor, sum(ap_overdue_minor)::bigint as ap_overdue_minor,"
            " sum(ar_overdue_minor)::bigint as ar_overdue_minor, sum(ar_open_minor)::bigint as ar_open_minor"
        ),
    )


def lowest_by_week(scope: Scope) -> tuple[Row, ...]:
    """Closing balances of the 13 coming weeks, one row per client, for the small chart in the table."""
    return read(
        scope,
        "pub_cash_weeks",
        "where is_forecast group by client_id",
        columns="client_id, list(closing_balance_minor order by week_number) as closing_balances_minor",
    )
