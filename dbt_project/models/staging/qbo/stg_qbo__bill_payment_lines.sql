-- One row per bill that a bill payment was applied to.
-- A payment line may also use a vendor credit; only bills are kept here.
with documents as (
    select
        client_id,
        id as bill_payment_id_qbo,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code,
        unnest({{ json_list('line') }}) as line,
        generate_subscripts({{ json_list('line') }}, 1) as line_number
    from {{ source('raw_qbo', 'bill_payments') }}
    where not coalesce(is_deleted, false)
),

links as (
    select
        documents.*,
        unnest({{ json_list("(line -> '$.LinkedTxn')") }}) as link
    from documents
)

select
    client_id,
    bill_payment_id_qbo,
    {{ json_text('link', 'TxnId') }} as bill_id_qbo,
    cast(sum(
        {{ to_minor("cast(" ~ json_text('line', 'Amount') ~ " as decimal(18, 4))", 'currency_code') }}
    ) as bigint) as applied_minor
from links
where {{ json_text('link', 'TxnType') }} = 'Bill'
group by client_id, bill_payment_id_qbo, {{ json_text('link', 'TxnId') }}
