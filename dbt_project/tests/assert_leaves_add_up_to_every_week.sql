-- For every client, origin and week the leaves add up to the cell, and the week closes at the origin's cash and all
-- leaves so far.
with leaves as (
    select
        client_id,
        origin_date,
        week_number,
        sum(amount_minor) as net_minor,
        sum(greatest(amount_minor, 0)) as inflow_minor
    from {{ ref('int_projection__lines') }}
    group by client_id, origin_date, week_number
),

weeks as (
    select
        weeks.client_id,
        weeks.origin_date,
        weeks.week_number,
        weeks.inflow_minor,
        weeks.outflow_minor,
        weeks.closing_balance_minor
        - coalesce(
            lag(weeks.closing_balance_minor) over (
                partition by weeks.client_id, weeks.origin_date order by weeks.week_number
            ),
            origins.opening_minor
        ) as net_minor
    from {{ ref('int_projection__weeks') }} as weeks
    inner join {{ ref('int_projection__origins') }} as origins
        on weeks.client_id = origins.client_id and weeks.origin_date = origins.origin_date
)

select
    weeks.client_id,
    weeks.origin_date,
    weeks.week_number,
    weeks.net_minor,
    leaves.net_minor as leaves_minor
from weeks
left join leaves
    on
        weeks.client_id = leaves.client_id
        and weeks.origin_date = leaves.origin_date
        and weeks.week_number = leaves.week_number
where
    weeks.net_minor <> coalesce(leaves.net_minor, 0)
    or weeks.inflow_minor <> coalesce(leaves.inflow_minor, 0)
    or weeks.inflow_minor + weeks.outflow_minor <> weeks.net_minor
