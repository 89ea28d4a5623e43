-- One row per transfer between two accounts in a client's books.
-- The amount is what moved; the two accounts say which way.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'transfers') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as transfer_id_qbo,
    txn_date as transfer_date,
    {{ json_text('from_account_ref', 'value') }} as from_account_id_qbo,
    {{ json_text('to_account_ref', 'value') }} as to_account_id_qbo,
    currency_code,
    {{ to_minor('amount', 'currency_code') }} as amount_minor,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
