-- One row per client and origin: a usual week's outflow by the 26 weeks before, the yardstick by which clients of all
-- sizes compare.
with weeks as (
    select
        client_id,
        week_start_date,
        sum(case when bucket in ('bills', 'other_out') then -amount_minor else 0 end) as outflow_minor
    from {{ ref('int_projection__bucket_weeks') }}
    group by client_id, week_start_date
),

rolled as (
    select
        client_id,
        week_start_date,
        avg(outflow_minor) over (
            partition by client_id order by week_start_date rows between 25 preceding and current row
        ) as week_outflow_minor
    from weeks
)

select
    origins.client_id,
    origins.origin_date,
    greatest(coalesce(rolled.week_outflow_minor, 0), 1) as week_outflow_minor
from {{ ref('int_projection__origins') }} as origins
left join rolled
    on origins.client_id = rolled.client_id and origins.week_start_date - 7 = rolled.week_start_date
