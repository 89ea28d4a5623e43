-- One row per bank line of a client, pending or posted; inflow positive.
-- Plaid writes money out as positive; here it is negative.
with documents as (
    select
        *,
        upper(coalesce(iso_currency_code, unofficial_currency_code, 'USD')) as currency_code
    from {{ source('raw_plaid', 'transactions') }}
    where not coalesce(is_removed, false)
)

select
    client_id,
    transaction_id as posting_id_plaid,
    pending_transaction_id as pending_posting_id_plaid,
    account_id as account_id_plaid,
    coalesce(pending, false) as is_pending,
    date as posted_date,
    authorized_date,
    currency_code,
    -{{ to_minor('amount', 'currency_code') }} as amount_minor,
    {{ to_minor('running_balance', 'currency_code') }} as running_minor,
    coalesce(original_description, name) as description,
    merchant_name,
    merchant_entity_id as merchant_id_plaid,
    check_number,
    {{ json_text('payment_meta', 'reference_number') }} as reference_number,
    {{ json_text('personal_finance_category', 'primary') }} as category_primary,
    {{ json_text('personal_finance_category', 'detailed') }} as category_detailed
from documents
