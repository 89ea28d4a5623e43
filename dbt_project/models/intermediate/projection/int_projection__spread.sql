-- One row per client: how far a week's net flow usually lands from the middle, recurring series apart.
-- One standard deviation of the last 26 weeks; 1.28 of them on each side hold eight weeks of ten.
-- Only these buckets can be of a series. The key is empty for the others: as a condition on one side alone it would
-- compare every flow with every series.
with keyed as (
    select
        client_id,
        week_start_date,
        amount_minor,
        case when bucket in ('payroll', 'other_out', 'other_in') then series_key end as series_key
    from {{ ref('int_cash__flows') }}
    where not is_outside_burn
),

flows as (
    select
        keyed.client_id,
        keyed.week_start_date,
        sum(keyed.amount_minor) as net_minor
    from keyed
    left join {{ ref('int_projection__recurring') }} as recurring
        on keyed.client_id = recurring.client_id and keyed.series_key = recurring.series_key
    where recurring.series_key is null
    group by keyed.client_id, keyed.week_start_date
)

select
    weeks.client_id,
    count(*) as weeks_seen,
    cast(round(coalesce(stddev_samp(coalesce(flows.net_minor, 0)), 0)) as bigint) as week_spread_minor
from {{ ref('int_cash__actual_weeks') }} as weeks
left join flows
    on weeks.client_id = flows.client_id and weeks.week_start_date = flows.week_start_date
group by weeks.client_id
