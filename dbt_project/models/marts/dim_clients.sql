-- One row per client that a firm serves.
select
    clients.advisor_id,
    advisors.advisor_name,
    clients.client_id,
    clients.client_name,
    clients.industry,
    clients.advisor_mode,
    clients.time_zone,
    clients.currency_code,
    coalesce(clients.buffer_minor, 0) as buffer_minor,
    coalesce(clients.readiness_minimum, 80) as readiness_minimum
from {{ ref('stg_control__clients') }} as clients
left join {{ ref('stg_control__advisors') }} as advisors
    on clients.advisor_id = advisors.advisor_id
where coalesce(clients.is_active, true)
