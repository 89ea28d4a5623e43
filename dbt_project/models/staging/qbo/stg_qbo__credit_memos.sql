-- One row per credit that a customer was given, in a client's books.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'credit_memos') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as credit_memo_id_qbo,
    {{ json_text('customer_ref', 'value') }} as customer_id_qbo,
    {{ json_text('customer_ref', 'name') }} as customer_name,
    nullif(trim(doc_number), '') as document_number,
    txn_date as credit_date,
    {{ json_text('deposit_to_account_ref', 'value') }} as account_id_qbo,
    currency_code,
    {{ to_minor('total_amt', 'currency_code') }} as total_minor,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
