-- One row per client and week: 8 past weeks as they were, 13 coming weeks as they are expected.
-- Week 1 is the week of the as-of date and opens at the cash available now; past weeks are rolled back from
-- the balance.
with clients as (
    select * from {{ ref('int_cash__positions') }}
    where cash_account_count > 0 and available_minor is not null
),

this_week as (
    select
        client_id,
        sum(amount_minor) as net_minor
    from {{ ref('int_cash__flows') }}
    where posted_date >= cast(date_trunc('week', {{ as_of_date() }}) as date)
    group by client_id
),

past as (
    select
        weeks.client_id,
        weeks.week_number,
        weeks.week_start_date,
        weeks.inflow_minor,
        weeks.outflow_minor,
        clients.current_minor - coalesce(this_week.net_minor, 0) - coalesce(
            sum(weeks.inflow_minor + weeks.outflow_minor) over (
                partition by weeks.client_id
                order by weeks.week_number
                rows between 1 following and unbounded following
            ),
            0
        ) as closing_balance_minor
    from {{ ref('int_cash__actual_weeks') }} as weeks
    inner join clients
        on weeks.client_id = clients.client_id
    left join this_week
        on weeks.client_id = this_week.client_id
    where weeks.week_number >= -8
),

totals as (
    select
        client_id,
        week_number,
        sum(greatest(amount_minor, 0)) as inflow_minor,
        sum(least(amount_minor, 0)) as outflow_minor
    from {{ ref('int_projection__lines') }}
    group by client_id, week_number
),

coming as (
    select
        clients.client_id,
        cast(numbers.week_number as integer) as week_number,
        cast(date_trunc('week', {{ as_of_date() }}) as date) + cast((numbers.week_number - 1) * 7 as integer)
            as week_start_date,
        coalesce(totals.inflow_minor, 0) as inflow_minor,
        coalesce(totals.outflow_minor, 0) as outflow_minor,
        clients.available_minor
        + sum(coalesce(totals.inflow_minor, 0) + coalesce(totals.outflow_minor, 0)) over (
            partition by clients.client_id order by numbers.week_number
        ) as closing_balance_minor,
        cast(round(1.28 * coalesce(spread.week_spread_minor, 0) * sqrt(numbers.week_number)) as bigint)
            as band_minor
    from clients
    cross join generate_series(1, 13) as numbers (week_number)
    left join totals
        on clients.client_id = totals.client_id and numbers.week_number = totals.week_number
    left join {{ ref('int_projection__spread') }} as spread
        on clients.client_id = spread.client_id
),

unioned as (
    select
        *,
        0 as band_minor,
        false as is_forecast
    from past
    union all
    select
        *,
        true as is_forecast
    from coming
)

select
    unioned.client_id,
    unioned.week_number,
    unioned.week_start_date,
    unioned.is_forecast,
    clients.currency_code,
    cast(unioned.closing_balance_minor - unioned.inflow_minor - unioned.outflow_minor as bigint)
        as opening_balance_minor,
    cast(unioned.inflow_minor as bigint) as inflow_minor,
    cast(unioned.outflow_minor as bigint) as outflow_minor,
    cast(unioned.closing_balance_minor as bigint) as closing_balance_minor,
    cast(unioned.closing_balance_minor - unioned.band_minor as bigint) as closing_balance_minor_low,
    cast(unioned.closing_balance_minor + unioned.band_minor as bigint) as closing_balance_minor_high,
    clients.buffer_minor,
    unioned.closing_balance_minor < clients.buffer_minor as is_below_buffer
from unioned
inner join clients
    on unioned.client_id = clients.client_id
