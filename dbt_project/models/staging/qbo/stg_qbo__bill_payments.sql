-- One row per bill payment that somebody recorded in a client's books.
-- Cash leaves, so the amount is negative. A record of a payment is not proof of one.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'bill_payments') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as bill_payment_id_qbo,
    {{ json_text('vendor_ref', 'value') }} as vendor_id_qbo,
    {{ json_text('vendor_ref', 'name') }} as vendor_name,
    txn_date as payment_date,
    pay_type,
    {{ json_text('check_payment', 'BankAccountRef.value') }} as bank_account_id_qbo,
    {{ json_text('credit_card_payment', 'CCAccountRef.value') }} as card_account_id_qbo,
    {{ json_text('ap_account_ref', 'value') }} as payable_account_id_qbo,
    currency_code,
    -{{ to_minor('total_amt', 'currency_code') }} as amount_minor,
    nullif(trim(doc_number), '') as reference,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
