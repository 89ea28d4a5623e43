-- One row per draft bill in a client's Ramp that nobody has finished yet.
select
    client_id,
    id as draft_bill_id_ramp,
    remote_id,
    entity_id as entity_id_ramp,
    {{ json_text('vendor', 'id') }} as vendor_id_ramp,
    {{ json_text('vendor', 'name') }} as vendor_name,
    nullif(trim(invoice_number), '') as invoice_number,
    upper({{ json_text('amount', 'currency_code') }}) as currency_code,
    cast({{ json_text('amount', 'amount') }} as bigint) as total_minor,
    cast(issued_at as date) as bill_date,
    cast(due_at as date) as due_date,
    created_at,
    status,
    memo
from {{ source('raw_ramp', 'draft_bills') }}
where not coalesce(is_deleted, false)
