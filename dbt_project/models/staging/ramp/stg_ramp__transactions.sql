-- One row per Ramp card transaction.
-- Spend is negative. Declined transactions never moved anything.
-- Ramp names the parts of entity_amount value/currency in its newer file and amount/currency_code in its older one.
with documents as (
    select
        * exclude (currency_code),
        upper(coalesce(
            currency_code,
            {{ json_text('entity_amount', 'currency') }},
            {{ json_text('entity_amount', 'currency_code') }},
            'USD'
        )) as currency_code
    from {{ source('raw_ramp', 'transactions') }}
    where
        not coalesce(is_deleted, false)
        and coalesce(state, '') not in ('DECLINED', 'ERROR')
)

select
    client_id,
    id as transaction_id_ramp,
    state,
    merchant_id as merchant_id_ramp,
    merchant_name,
    merchant_descriptor,
    merchant_category_code,
    currency_code,
    -coalesce(
        cast({{ json_text('entity_amount', 'value') }} as bigint),
        cast({{ json_text('entity_amount', 'amount') }} as bigint),
        {{ to_minor('amount', 'currency_code') }}
    ) as amount_minor,
    user_transaction_time as transacted_at,
    cast(settlement_date as date) as settled_date,
    memo,
    sync_status
from documents
