-- One row per client and rail: when it last loaded and how far its data can be trusted.
select
    clients.advisor_id,
    health.client_id,
    health.rail,
    health.connection_id,
    cast(health.last_attempt_at as timestamptz) as last_attempt_at,
    cast(health.last_success_at as timestamptz) as last_success_at,
    health.last_outcome,
    health.reason_code,
    health.reason,
    cast(health.freshness_hours as double) as freshness_hours,
    health.status,
    health.record_count
from {{ ref('int_quality__rail_health') }} as health
inner join {{ ref('dim_clients') }} as clients
    on health.client_id = clients.client_id
