-- One row per client, bucket of flows and whole past week: what it brought or took, what was usual by its end, and how
-- the same span a year before stood.
with buckets as (
    select unnest(['bills', 'receivables', 'stripe_payouts', 'other_in', 'other_out']) as bucket
),

spans as (
    select
        client_id,
        -- The week of the first line was seen in part only.
        cast(date_trunc('week', min(posted_date)) as date) + 7 as first_week_date
    from {{ ref('int_cash__flows') }}
    group by client_id
),

weeks as (
    select
        spans.client_id,
        buckets.bucket,
        cast(series.week_at as date) as week_start_date
    from spans
    cross join buckets
    cross join
        unnest(
            generate_series(
                cast(spans.first_week_date as timestamp),
                cast(date_trunc('week', {{ as_of_date() }}) as timestamp) - interval 7 day,
                interval 7 day
            )
        ) as series (week_at)
),

sums as (
    select
        client_id,
        bucket,
        week_start_date,
        sum(amount_minor) as amount_minor
    from {{ ref('int_projection__flows') }}
    group by client_id, bucket, week_start_date
),

filled as (
    select
        weeks.*,
        cast(coalesce(sums.amount_minor, 0) as bigint) as amount_minor
    from weeks
    left join sums
        on
            weeks.client_id = sums.client_id
            and weeks.bucket = sums.bucket
            and weeks.week_start_date = sums.week_start_date
),

rolled as (
    select
        *,
        row_number() over series as week_rank,
        sum(amount_minor) over (series rows between 3 preceding and current row) as four_week_minor,
        avg(amount_minor) over (series rows between 12 preceding and current row) as quarter_mean_minor,
        avg(amount_minor) over (series rows between 2 preceding and 2 following) as around_mean_minor
    from filled
    window series as (partition by client_id, bucket order by week_start_date)
)

select
    client_id,
    bucket,
    week_start_date,
    amount_minor,
    -- The median of rolling four-week sums over 26 weeks, divided by four: a week with three weeks' receipts does not
    -- lift it, and a month with one big receipt does not read as nothing.
    coalesce(
        median(case when week_rank >= 4 then four_week_minor end)
            over (partition by client_id, bucket order by week_start_date rows between 22 preceding and current row)
        / 4,
        0
    ) as usual_minor,
    case when week_rank >= 13 then quarter_mean_minor end as quarter_mean_minor,
    around_mean_minor
from rolled
