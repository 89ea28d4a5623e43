-- One row per vendor in a client's books, inactive ones too.
select
    client_id,
    id as vendor_id_qbo,
    display_name as vendor_name,
    company_name,
    print_on_check_name as name_on_checks,
    coalesce(active, true) as is_active,
    {{ json_text('primary_email_addr', 'Address') }} as email,
    {{ json_text('primary_phone', 'FreeFormNumber') }} as phone,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from {{ source('raw_qbo', 'vendors') }}
where not coalesce(is_deleted, false)
