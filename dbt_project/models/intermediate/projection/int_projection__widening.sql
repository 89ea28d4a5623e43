-- One row per client: by what today's bands are wider than errors of the past would have them, and why.
-- The errors behind a band were made on complete and fresh books, looked at later; today's may be neither.
with health as (
    select
        client_id,
        greatest(0, date_diff('hour', last_success_at, {{ as_of_at() }}) / 24.0 - 1) as days_old
    from {{ ref('int_quality__rail_health') }}
    where rail = 'plaid'
),

unproven as (
    select
        client_id,
        unproven_minor / flow_minor as unproven_share
    from {{ ref('int_quality__measured') }}
    where rail = 'all' and flow_minor > 0
),

missing as (
    select
        client_id,
        sum(usual_minor * expected_score) as missing_minor
    from {{ ref('int_missing_bills__expected') }}
    where status = 'late' and late_date > {{ as_of_date() }} - interval 120 day
    group by client_id
)

select
    sizes.client_id,
    least(coalesce(health.days_old, 0), 30) as feed_days_old,
    least(coalesce(unproven.unproven_share, 0), 0.5) as unproven_share,
    least(coalesce(missing.missing_minor, 0) / (13 * sizes.week_outflow_minor), 0.5) as missing_share
from {{ ref('int_projection__sizes') }} as sizes
left join health
    on sizes.client_id = health.client_id
left join unproven
    on sizes.client_id = unproven.client_id
left join missing
    on sizes.client_id = missing.client_id
where sizes.origin_date = {{ as_of_date() }}
