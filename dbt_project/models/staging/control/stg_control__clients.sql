-- One row per active client of a firm.
select
    advisor_id,
    client_id,
    client_name,
    industry,
    time_zone,
    currency_code,
    advisor_mode,
    buffer_minor,
    readiness_minimum,
    is_active
from {{ source('raw_control', 'clients') }}
where is_active
