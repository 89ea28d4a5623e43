-- One row per client, origin and coming week: money in and out and the cash that the week closes with, without bands.
-- Week 1 is the rest of the origin's week and opens at the cash of the origin.
with totals as (
    select
        client_id,
        origin_date,
        week_number,
        sum(greatest(amount_minor, 0)) as inflow_minor,
        sum(least(amount_minor, 0)) as outflow_minor
    from {{ ref('int_projection__lines') }}
    group by client_id, origin_date, week_number
),

weeks as (
    select
        origins.client_id,
        origins.origin_date,
        origins.is_current,
        cast(numbers.week_number as integer) as week_number,
        origins.week_start_date + cast((numbers.week_number - 1) * 7 as integer) as week_start_date,
        origins.currency_code,
        origins.opening_minor,
        origins.buffer_minor,
        cast(coalesce(totals.inflow_minor, 0) as bigint) as inflow_minor,
        cast(coalesce(totals.outflow_minor, 0) as bigint) as outflow_minor
    from {{ ref('int_projection__origins') }} as origins
    cross join generate_series(1, 13) as numbers (week_number)
    left join totals
        on
            origins.client_id = totals.client_id
            and origins.origin_date = totals.origin_date
            and numbers.week_number = totals.week_number
    where origins.opening_minor is not null
)

select
    * exclude (opening_minor),
    cast(
        opening_minor
        + sum(inflow_minor + outflow_minor) over (partition by client_id, origin_date order by week_number)
        as bigint
    ) as closing_balance_minor
from weeks
