-- One row per client and week: 8 past weeks as they were, 13 coming weeks as they are expected.
-- Week 1 is the week of the as-of date and opens at the cash available now; past weeks are rolled back from it.
with clients as (
    select
        positions.*,
        dim_clients.advisor_id
    from {{ ref('int_cash__positions') }} as positions
    inner join {{ ref('dim_clients') }} as dim_clients
        on positions.client_id = dim_clients.client_id
    where positions.cash_account_count > 0 and positions.available_minor is not null
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
        false as is_forecast,
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

unioned as (
    select
        past.*,
        past.closing_balance_minor as low_80_minor,
        past.closing_balance_minor as high_80_minor,
        past.closing_balance_minor as low_90_minor,
        past.closing_balance_minor as high_90_minor,
        past.closing_balance_minor as low_95_minor,
        past.closing_balance_minor as high_95_minor,
        cast(null as double) as breach_probability,
        past.closing_balance_minor as with_missing_minor,
        cast(null as double) as with_missing_breach_probability
    from past
    union all
    select
        client_id,
        week_number,
        week_start_date,
        true as is_forecast,
        inflow_minor,
        outflow_minor,
        closing_balance_minor,
        low_80_minor,
        high_80_minor,
        low_90_minor,
        high_90_minor,
        low_95_minor,
        high_95_minor,
        breach_probability,
        with_missing_minor,
        with_missing_breach_probability
    from {{ ref('int_projection__weeks') }}
    where is_current
)

select
    clients.advisor_id,
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
    cast(unioned.low_80_minor as bigint) as closing_balance_minor_low,
    cast(unioned.high_80_minor as bigint) as closing_balance_minor_high,
    cast(unioned.low_90_minor as bigint) as closing_balance_minor_low_90,
    cast(unioned.high_90_minor as bigint) as closing_balance_minor_high_90,
    cast(unioned.low_95_minor as bigint) as closing_balance_minor_low_95,
    cast(unioned.high_95_minor as bigint) as closing_balance_minor_high_95,
    unioned.breach_probability,
    cast(unioned.with_missing_minor as bigint) as closing_balance_minor_with_missing,
    unioned.with_missing_breach_probability as breach_probability_with_missing,
    clients.buffer_minor,
    unioned.closing_balance_minor < clients.buffer_minor as is_below_buffer
from unioned
inner join clients
    on unioned.client_id = clients.client_id
