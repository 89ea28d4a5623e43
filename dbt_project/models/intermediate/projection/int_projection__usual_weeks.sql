-- One row per client and bucket of flows: what a usual week brings or takes, apart from recurring series.
-- Usual is the median of rolling four-week sums over 26 weeks, divided by four: a week with three weeks'
-- receipts
-- does not lift it, and a month with one big receipt does not read as nothing.
with actual_weeks as (
    select
        client_id,
        week_start_date
    from {{ ref('int_cash__actual_weeks') }}
),

buckets as (
    select unnest(['bills', 'receivables', 'stripe_payouts', 'other_in', 'other_out']) as bucket
),

recurring as (
    select
        client_id,
        series_key
    from {{ ref('int_projection__recurring') }}
),

-- Only these buckets can be of a series. The key is empty for the others: as a condition on one side alone it would
-- compare every flow with every series.
keyed as (
    select
        client_id,
        week_start_date,
        amount_minor,
        case when bucket = 'payroll' then 'other_out' else bucket end as bucket,
        case when bucket in ('payroll', 'other_out', 'other_in') then series_key end as series_key
    from {{ ref('int_cash__flows') }}
    where not is_outside_burn
),

flows as (
    select
        keyed.client_id,
        keyed.week_start_date,
        keyed.bucket,
        sum(keyed.amount_minor) as amount_minor
    from keyed
    left join recurring
        on keyed.client_id = recurring.client_id and keyed.series_key = recurring.series_key
    where recurring.series_key is null
    group by keyed.client_id, keyed.week_start_date, keyed.bucket
),

weekly as (
    select
        actual_weeks.client_id,
        buckets.bucket,
        actual_weeks.week_start_date,
        coalesce(flows.amount_minor, 0) as amount_minor
    from actual_weeks
    cross join buckets
    left join flows
        on
            actual_weeks.client_id = flows.client_id
            and actual_weeks.week_start_date = flows.week_start_date
            and buckets.bucket = flows.bucket
),

rolled as (
    select
        client_id,
        bucket,
        amount_minor,
        sum(amount_minor) over (
            partition by client_id, bucket order by week_start_date rows between 3 preceding and current row
        ) as four_week_minor,
        row_number() over (partition by client_id, bucket order by week_start_date) as week_rank
    from weekly
)

select
    client_id,
    bucket,
    count(*) as weeks_seen,
    coalesce(
        cast(round(median(four_week_minor) filter (where week_rank >= 4) / 4) as bigint),
        0
    ) as usual_week_minor
from rolled
group by client_id, bucket
