-- One row per invoice in a client's books.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'invoices') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as invoice_id_qbo,
    {{ json_text('customer_ref', 'value') }} as customer_id_qbo,
    {{ json_text('customer_ref', 'name') }} as customer_name,
    nullif(trim(doc_number), '') as invoice_number,
    txn_date as invoice_date,
    coalesce(due_date, txn_date) as due_date,
    currency_code,
    {{ to_minor('total_amt', 'currency_code') }} as total_minor,
    {{ to_minor('balance', 'currency_code') }} as open_minor,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
