-- One row per bill in a client's books, as QBO last described it.
-- QBO calls a bill without terms due on its own date; so do we.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'bills') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as bill_id_qbo,
    sync_token,
    {{ json_text('vendor_ref', 'value') }} as vendor_id_qbo,
    {{ json_text('vendor_ref', 'name') }} as vendor_name,
    nullif(trim(doc_number), '') as invoice_number,
    txn_date as bill_date,
    coalesce(due_date, txn_date) as due_date,
    {{ json_text('ap_account_ref', 'value') }} as payable_account_id_qbo,
    currency_code,
    {{ to_minor('total_amt', 'currency_code') }} as total_minor,
    {{ to_minor('balance', 'currency_code') }} as open_minor,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
