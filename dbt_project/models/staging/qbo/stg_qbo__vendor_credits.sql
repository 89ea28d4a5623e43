-- One row per credit that a vendor gave, in a client's books.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'vendor_credits') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as vendor_credit_id_qbo,
    {{ json_text('vendor_ref', 'value') }} as vendor_id_qbo,
    {{ json_text('vendor_ref', 'name') }} as vendor_name,
    nullif(trim(doc_number), '') as credit_number,
    txn_date as credit_date,
    {{ json_text('ap_account_ref', 'value') }} as payable_account_id_qbo,
    currency_code,
    {{ to_minor('total_amt', 'currency_code') }} as total_minor,
    {{ to_minor('balance', 'currency_code') }} as open_minor,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
