-- A week opens where the one before closed; week 1 opens at the cash that the portfolio shows.
with weeks as (
    select
        *,
        lag(closing_balance_minor)
            over (partition by client_id, is_forecast order by week_number)
            as closed_before
    from {{ ref('pub_cash_weeks') }}
)

select
    weeks.client_id,
    weeks.week_number,
    weeks.opening_balance_minor,
    coalesce(weeks.closed_before, portfolio.cash_available_minor) as expected_minor
from weeks
inner join {{ ref('pub_portfolio') }} as portfolio
    on weeks.client_id = portfolio.client_id
where
    weeks.opening_balance_minor <> weeks.closed_before
    or (weeks.week_number = 1 and weeks.opening_balance_minor is distinct from portfolio.cash_available_minor)
