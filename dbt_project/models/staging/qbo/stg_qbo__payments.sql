-- One row per customer payment recorded in a client's books.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'payments') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as payment_id_qbo,
    {{ json_text('customer_ref', 'value') }} as customer_id_qbo,
    {{ json_text('customer_ref', 'name') }} as customer_name,
    txn_date as payment_date,
    currency_code,
    {{ to_minor('total_amt', 'currency_code') }} as amount_minor,
    {{ to_minor('unapplied_amt', 'currency_code') }} as unapplied_minor,
    {{ json_text('deposit_to_account_ref', 'value') }} as deposit_account_id_qbo,
    nullif(trim(payment_ref_num), '') as reference,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
