-- One row per client, origin and bucket: the way of telling what will come beyond the known that erred least so far.
-- An error counts from the origin on at which its week was over, so the choice of then is the one to be made then.
with errors as (
    select
        client_id,
        bucket,
        method,
        week_number,
        origin_date,
        abs(actual_minor - known_minor - residual_minor) as week_error_minor,
        abs(
            sum(actual_minor - known_minor - residual_minor) over (
                partition by client_id, bucket, method, origin_date order by week_number
            )
        ) / week_number as mean_error_minor
    from {{ ref('int_projection__candidates') }}
    where actual_minor is not null
),

rolled as (
    select
        client_id,
        bucket,
        method,
        week_number,
        origin_date + week_number * 7 as known_origin_date,
        avg(week_error_minor + 2 * mean_error_minor) over latest as loss_minor,
        count(*) over latest as weeks_seen
    from errors
    window latest as (
        partition by client_id, bucket, method, week_number
        order by origin_date
        rows between 25 preceding and current row
    )
),

scored as (
    select
        client_id,
        known_origin_date as origin_date,
        bucket,
        method,
        cast(round(sum(loss_minor)) as bigint) as loss_minor,
        sum(weeks_seen) as weeks_seen
    from rolled
    group by client_id, known_origin_date, bucket, method
),

origins as (
    select
        client_id,
        origin_date
    from {{ ref('int_projection__origins') }}
)

select
    origins.client_id,
    origins.origin_date,
    buckets.bucket,
    -- Equals go to the longer memory.
    coalesce(
        arg_min(
            scored.method,
            (
                scored.loss_minor,
                list_position(['gap_26', 'gap_13', 'season', 'usual'], scored.method)
            )
        ) filter (where scored.weeks_seen >= 26),
        'gap_26'
    ) as method,
    max(scored.weeks_seen) as weeks_seen,
    max(scored.loss_minor) filter (where scored.method = 'usual') as usual_loss_minor,
    max(scored.loss_minor) filter (where scored.method = 'gap_13') as gap_13_loss_minor,
    max(scored.loss_minor) filter (where scored.method = 'gap_26') as gap_26_loss_minor,
    max(scored.loss_minor) filter (where scored.method = 'season') as season_loss_minor
from origins
cross join (
    select unnest(['bills', 'receivables', 'stripe_payouts', 'other_in', 'other_out']) as bucket
) as buckets
left join scored
    on
        origins.client_id = scored.client_id
        and origins.origin_date = scored.origin_date
        and buckets.bucket = scored.bucket
group by origins.client_id, origins.origin_date, buckets.bucket
