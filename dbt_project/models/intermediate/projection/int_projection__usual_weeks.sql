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

flows as (
    select
        flows.client_id,
        flows.week_start_date,
        case when flows.bucket = 'payroll' then 'other_out' else flows.bucket end as bucket,
        sum(flows.amount_minor) as amount_minor
    from {{ ref('int_cash__flows') }} as flows
    left join recurring
        on
            flows.client_id = recurring.client_id
            and flows.series_key = recurring.series_key
            and flows.bucket in ('payroll', 'other_out', 'other_in')
    where recurring.series_key is null and not flows.is_outside_burn
    group by flows.client_id, flows.week_start_date, 3
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
