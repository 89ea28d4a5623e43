-- One row per client, origin, bucket and coming week: what was known of it at the origin, and what it was in the end.
-- The end is empty until the week is over.
with grid as (
    select
        origins.client_id,
        origins.origin_date,
        buckets.bucket,
        cast(weeks.week_number as integer) as week_number,
        origins.week_start_date + cast((weeks.week_number - 1) * 7 as integer) as week_start_date
    from {{ ref('int_projection__origins') }} as origins
    cross join (
        select unnest(['bills', 'receivables', 'stripe_payouts', 'other_in', 'other_out']) as bucket
    ) as buckets
    cross join generate_series(1, 13) as weeks (week_number)
),

known as (
    select
        client_id,
        origin_date,
        bucket,
        week_number,
        cast(sum(amount_minor) as bigint) as known_minor
    from {{ ref('int_projection__items') }}
    group by client_id, origin_date, bucket, week_number
),

-- Week 1 has only its remaining days to come. Its number is a column, so that weeks meet it by hash.
rests as (
    select
        origins.client_id,
        origins.origin_date,
        1 as week_number,
        flows.bucket,
        cast(sum(flows.amount_minor) as bigint) as amount_minor
    from {{ ref('int_projection__origins') }} as origins
    inner join {{ ref('int_projection__flows') }} as flows
        on
            origins.client_id = flows.client_id
            and origins.week_start_date = flows.week_start_date
            and origins.origin_date < flows.posted_date
    group by origins.client_id, origins.origin_date, flows.bucket
)

select
    grid.client_id,
    grid.origin_date,
    grid.bucket,
    grid.week_number,
    grid.week_start_date,
    case when grid.bucket in ('bills', 'other_out') then -1 else 1 end as direction,
    coalesce(known.known_minor, 0) as known_minor,
    case
        when grid.week_start_date + 6 > {{ as_of_date() }} then null
        when grid.week_number = 1 then coalesce(rests.amount_minor, 0)
        else bucket_weeks.amount_minor
    end as actual_minor
from grid
left join known
    on
        grid.client_id = known.client_id
        and grid.origin_date = known.origin_date
        and grid.bucket = known.bucket
        and grid.week_number = known.week_number
left join rests
    on
        grid.client_id = rests.client_id
        and grid.origin_date = rests.origin_date
        and grid.bucket = rests.bucket
        and grid.week_number = rests.week_number
left join {{ ref('int_projection__bucket_weeks') }} as bucket_weeks
    on
        grid.client_id = bucket_weeks.client_id
        and grid.bucket = bucket_weeks.bucket
        and grid.week_start_date = bucket_weeks.week_start_date
