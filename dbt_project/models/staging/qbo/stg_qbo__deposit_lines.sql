-- One row per line of a deposit: a customer payment, or money from elsewhere.
with documents as (
    select
        client_id,
        id as deposit_id_qbo,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code,
        unnest({{ json_list('line') }}) as line,
        generate_subscripts({{ json_list('line') }}, 1) as line_number
    from {{ source('raw_qbo', 'deposits') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    deposit_id_qbo,
    cast(line_number as integer) as line_number,
    {{ json_text('line', 'LinkedTxn[0].TxnId') }} as payment_id_qbo,
    {{ json_text('line', 'DepositLineDetail.AccountRef.value') }} as account_id_qbo,
    {{ json_text('line', 'DepositLineDetail.Entity.name') }} as counterparty_name,
    {{ to_minor("cast(" ~ json_text('line', 'Amount') ~ " as decimal(18, 4))", 'currency_code') }} as amount_minor,
    currency_code
from documents
where {{ json_text('line', 'Amount') }} is not null
