-- One row per client, origin and coming week: how far the client's forecasts of that distance were off so far.
-- The client's own mean error counts by how many outcomes stand behind it, the rest is all clients' mean in weeks of
-- outflow; before any outcome is in, a rule of thumb.
with origins as (
    select
        client_id,
        origin_date
    from {{ ref('int_projection__origins') }}
),

sizes as (
    select * from {{ ref('int_projection__sizes') }}
),

own as (
    select
        client_id,
        week_number,
        known_origin_date as origin_date,
        avg(error_weeks) over latest as error_weeks,
        count(*) over latest as errors_seen
    from {{ ref('int_projection__errors') }}
    window latest as (
        partition by client_id, week_number order by origin_date rows between 25 preceding and current row
    )
),

pooled as (
    select
        week_number,
        origin_date,
        avg(error_weeks) as error_weeks
    from own
    group by week_number, origin_date
)

select
    origins.client_id,
    origins.origin_date,
    cast(weeks.week_number as integer) as week_number,
    coalesce(own.errors_seen, 0) as errors_seen,
    round(
        coalesce(sizes.week_outflow_minor, 1)
        * (
            coalesce(own.errors_seen * own.error_weeks, 0)
            -- Errors of neighbouring origins share most of their weeks, so far ahead many of them say as much as a few.
            + (4 + weeks.week_number) * coalesce(pooled.error_weeks, 0.25 * pow(weeks.week_number, 0.65))
        )
        / (coalesce(own.errors_seen, 0) + 4 + weeks.week_number)
    ) as scale_minor
from origins
cross join generate_series(1, 13) as weeks (week_number)
left join sizes
    on origins.client_id = sizes.client_id and origins.origin_date = sizes.origin_date
left join own
    on
        origins.client_id = own.client_id
        and origins.origin_date = own.origin_date
        and weeks.week_number = own.week_number
left join pooled
    on origins.origin_date = pooled.origin_date and weeks.week_number = pooled.week_number
