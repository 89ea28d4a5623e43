-- Money in and out of a past week is the sum of that week's bank lines, own transfers by their net.
with flows as (
    select
        client_id,
        week_start_date,
        sum(amount_minor) as net_minor
    from {{ ref('int_cash__flows') }}
    group by client_id, week_start_date
)

select
    weeks.client_id,
    weeks.week_start_date,
    weeks.inflow_minor + weeks.outflow_minor as net_minor,
    flows.net_minor as postings_minor
from {{ ref('pub_cash_weeks') }} as weeks
left join flows
    on weeks.client_id = flows.client_id and weeks.week_start_date = flows.week_start_date
where not weeks.is_forecast and weeks.inflow_minor + weeks.outflow_minor <> coalesce(flows.net_minor, 0)
