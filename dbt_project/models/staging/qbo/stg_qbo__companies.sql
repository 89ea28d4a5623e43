-- One row per company file of a client.
select
    client_id,
    id as company_id_qbo,
    company_name,
    legal_name,
    country as country_code,
    fiscal_year_start_month,
    company_start_date,
    default_time_zone as time_zone
from {{ source('raw_qbo', 'company_info') }}
where not coalesce(is_deleted, false)
