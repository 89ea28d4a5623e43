-- One row per client: how far a week's net flow usually lands from the middle, recurring series apart.
-- One standard deviation of the last 26 weeks; 1.28 of them on each side hold eight weeks of ten.
with flows as (
    select
        flows.client_id,
        flows.week_start_date,
        sum(flows.amount_minor) as net_minor
    from {{ ref('int_cash__flows') }} as flows
    left join {{ ref('int_projection__recurring') }} as recurring
        on
            flows.client_id = recurring.client_id
            and flows.series_key = recurring.series_key
            and flows.bucket in ('payroll', 'other_out', 'other_in')
    where recurring.series_key is null and not flows.is_outside_burn
    group by flows.client_id, flows.week_start_date
)

select
    weeks.client_id,
    count(*) as weeks_seen,
    cast(round(coalesce(stddev_samp(coalesce(flows.net_minor, 0)), 0)) as bigint) as week_spread_minor
from {{ ref('int_cash__actual_weeks') }} as weeks
left join flows
    on weeks.client_id = flows.client_id and weeks.week_start_date = flows.week_start_date
group by weeks.client_id
