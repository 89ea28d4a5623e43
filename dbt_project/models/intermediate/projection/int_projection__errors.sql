-- One row per client, origin and week whose outcome is in: how far the week closed from its forecast, in money and
-- in weeks of the client's usual outflow.
-- Owners' money and moves between own accounts are no part of a forecast, so they are no part of its error.
with outcomes as (
    select
        client_id,
        origin_date,
        week_number,
        sum(actual_minor) as actual_minor,
        sum(case when direction = -1 then -actual_minor else 0 end) as outflow_minor
    from {{ ref('int_projection__known_weeks') }}
    where actual_minor is not null
    group by client_id, origin_date, week_number
),

-- A week of usual outflow is the yardstick by which clients of all sizes compare.
sizes as (
    select * from {{ ref('int_projection__sizes') }}
),

errors as (
    select
        totals.client_id,
        totals.origin_date,
        totals.week_number,
        totals.origin_date + totals.week_number * 7 as known_origin_date,
        sizes.week_outflow_minor,
        sum(outcomes.actual_minor - totals.inflow_minor - totals.outflow_minor) over (
            partition by totals.client_id, totals.origin_date order by totals.week_number
        ) as error_minor,
        sum(outcomes.outflow_minor) over (
            partition by totals.client_id, totals.origin_date order by totals.week_number
        ) as outflow_minor
    from {{ ref('int_projection__totals') }} as totals
    inner join sizes
        on totals.client_id = sizes.client_id and totals.origin_date = sizes.origin_date
    inner join outcomes
        on
            totals.client_id = outcomes.client_id
            and totals.origin_date = outcomes.origin_date
            and totals.week_number = outcomes.week_number
)

select
    client_id,
    origin_date,
    week_number,
    known_origin_date,
    cast(error_minor as bigint) as error_minor,
    cast(outflow_minor as bigint) as outflow_minor,
    week_outflow_minor,
    abs(error_minor) / week_outflow_minor as error_weeks
from errors
