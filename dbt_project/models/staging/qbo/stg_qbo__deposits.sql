-- One row per deposit recorded in a client's books.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'deposits') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as deposit_id_qbo,
    txn_date as deposit_date,
    {{ json_text('deposit_to_account_ref', 'value') }} as account_id_qbo,
    {{ json_text('cash_back', 'AccountRef.value') }} as cash_back_account_id_qbo,
    currency_code,
    {{ to_minor('total_amt', 'currency_code') }} as amount_minor,
    {{ to_minor("cast(" ~ json_text('cash_back', 'Amount') ~ " as decimal(18, 4))", 'currency_code') }}
        as cash_back_minor,
    nullif(trim(doc_number), '') as reference,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
