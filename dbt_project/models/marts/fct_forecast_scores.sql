-- One row per kept forecast of a client, bucket and week that is over: what was said, what the plain rules said,
-- and what came.
with lines as (
    select
        client_id,
        bucket,
        posted_date,
        cast(sum(amount_minor) as bigint) as amount_minor
    from {{ ref('int_projection__flows') }}
    group by client_id, bucket, posted_date
),

ended as (
    select
        *,
        cast(date_trunc('week', origin_date) as date) + (week_number - 1) * 7 as week_start_date
    from {{ ref('int_projection__kept') }}
    where cast(date_trunc('week', origin_date) as date) + week_number * 7 <= {{ as_of_date() }}
),

actuals as (
    select
        ended.client_id,
        ended.origin_date,
        ended.bucket,
        ended.week_number,
        sum(lines.amount_minor) as actual_minor
    from ended
    inner join lines
        on
            ended.client_id = lines.client_id
            and ended.bucket = lines.bucket
            -- Of its first week a forecast has only the rest to tell.
            and ended.origin_date < lines.posted_date
            and lines.posted_date between ended.week_start_date and ended.week_start_date + 6
    group by ended.client_id, ended.origin_date, ended.bucket, ended.week_number
)

select
    clients.advisor_id,
    ended.client_id,
    ended.origin_date,
    ended.bucket,
    ended.week_number,
    ended.week_start_date,
    ended.forecast_minor,
    ended.due_date_minor,
    ended.last_year_minor,
    ended.mean_13_minor,
    cast(coalesce(actuals.actual_minor, 0) as bigint) as actual_minor
from ended
inner join {{ ref('dim_clients') }} as clients
    on ended.client_id = clients.client_id
left join actuals
    on
        ended.client_id = actuals.client_id
        and ended.origin_date = actuals.origin_date
        and ended.bucket = actuals.bucket
        and ended.week_number = actuals.week_number
