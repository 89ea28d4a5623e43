-- One row per purchase in a client's books that was paid at once, by card, check or cash.
-- Negative, because cash or credit is used; a refund (QBO's credit flag) is positive.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'purchases') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as purchase_id_qbo,
    txn_date as purchase_date,
    payment_type,
    {{ json_text('account_ref', 'value') }} as account_id_qbo,
    {{ json_text('entity_ref', 'value') }} as counterparty_id_qbo,
    lower({{ json_text('entity_ref', 'type') }}) as counterparty_kind,
    {{ json_text('entity_ref', 'name') }} as counterparty_name,
    currency_code,
    case when coalesce(credit, false) then 1 else -1 end * {{ to_minor('total_amt', 'currency_code') }} as amount_minor,
    coalesce(nullif(trim(payment_ref_num), ''), nullif(trim(doc_number), '')) as reference,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
