-- One row per client that a firm serves, with the settings that the screens and guards read.
select
    advisor_id,
    client_id,
    client_name,
    industry,
    advisor_mode,
    time_zone,
    currency_code,
    buffer_minor,
    readiness_minimum
from {{ ref('dim_clients') }}
