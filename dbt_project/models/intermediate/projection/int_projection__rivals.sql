-- One row per client, origin, bucket and coming week: what the plain rules would have said that the projection is held
-- against. due_date: open documents on their due day, other buckets at the mean of the last 13 weeks. last_year: the
-- same week a year ago. mean_13: the mean of the last 13 weeks.
with known_weeks as (
    select * from {{ ref('int_projection__known_weeks') }}
),

bucket_weeks as (
    select * from {{ ref('int_projection__bucket_weeks') }}
),

due as (
    select
        documents.client_id,
        documents.origin_date,
        documents.bucket,
        cast(
            date_diff(
                'day',
                cast(date_trunc('week', documents.origin_date) as date),
                cast(date_trunc('week', greatest(documents.due_date, documents.origin_date)) as date)
            ) // 7 + 1 as integer
        ) as week_number,
        sum(documents.direction * documents.open_minor) as amount_minor
    from {{ ref('int_projection__open_documents') }} as documents
    group by all
)

select
    known_weeks.client_id,
    known_weeks.origin_date,
    known_weeks.bucket,
    known_weeks.week_number,
    cast(
        round(
            case
                when known_weeks.bucket in ('bills', 'receivables') then coalesce(due.amount_minor, 0)
                else coalesce(lasts.quarter_mean_minor, lasts.usual_minor, 0) * rests.rest_share
            end
        ) as bigint
    ) as due_date_minor,
    cast(round(coalesce(yearly.amount_minor, lasts.quarter_mean_minor, 0) * rests.rest_share) as bigint)
        as last_year_minor,
    cast(round(coalesce(lasts.quarter_mean_minor, lasts.usual_minor, 0) * rests.rest_share) as bigint)
        as mean_13_minor
from known_weeks
-- Week 1 has its remaining working days to come.
cross join
    lateral (
        select
            case
                when known_weeks.week_number = 1 then greatest(6 - isodow(known_weeks.origin_date), 0) / 5.0
                else 1
            end as rest_share
    ) as rests
left join due
    on
        known_weeks.client_id = due.client_id
        and known_weeks.origin_date = due.origin_date
        and known_weeks.bucket = due.bucket
        and known_weeks.week_number = due.week_number
left join bucket_weeks as lasts
    on
        known_weeks.client_id = lasts.client_id
        and known_weeks.bucket = lasts.bucket
        and cast(date_trunc('week', known_weeks.origin_date) as date) - 7 = lasts.week_start_date
left join bucket_weeks as yearly
    on
        known_weeks.client_id = yearly.client_id
        and known_weeks.bucket = yearly.bucket
        and known_weeks.week_start_date - 364 = yearly.week_start_date
