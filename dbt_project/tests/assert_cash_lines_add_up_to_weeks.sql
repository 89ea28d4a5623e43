-- Every projected week is the sum of its source lines, in and out apart: a figure without its leaves is not
-- shown.
with lines as (
    select
        client_id,
        week_number,
        sum(greatest(amount_minor, 0)) as inflow_minor,
        sum(least(amount_minor, 0)) as outflow_minor
    from {{ ref('pub_cash_lines') }}
    group by client_id, week_number
)

select
    weeks.client_id,
    weeks.week_number,
    weeks.inflow_minor,
    weeks.outflow_minor,
    lines.inflow_minor as lines_inflow_minor,
    lines.outflow_minor as lines_outflow_minor
from {{ ref('pub_cash_weeks') }} as weeks
full outer join lines
    on weeks.client_id = lines.client_id and weeks.week_number = lines.week_number
where
    coalesce(weeks.is_forecast, true)
    and (
        weeks.client_id is null
        or weeks.inflow_minor <> coalesce(lines.inflow_minor, 0)
        or weeks.outflow_minor <> coalesce(lines.outflow_minor, 0)
    )
