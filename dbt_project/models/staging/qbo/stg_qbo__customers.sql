-- One row per customer in a client's books, inactive ones too.
select
    client_id,
    id as customer_id_qbo,
    display_name as customer_name,
    company_name,
    coalesce(active, true) as is_active,
    {{ json_text('primary_email_addr', 'Address') }} as email,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from {{ source('raw_qbo', 'customers') }}
where not coalesce(is_deleted, false)
