-- One row per invoice that a customer payment was applied to.
with documents as (
    select
        client_id,
        id as payment_id_qbo,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code,
        unnest({{ json_list('line') }}) as line,
        generate_subscripts({{ json_list('line') }}, 1) as line_number
    from {{ source('raw_qbo', 'payments') }}
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
    payment_id_qbo,
    {{ json_text('link', 'TxnId') }} as invoice_id_qbo,
    cast(sum(
        {{ to_minor("cast(" ~ json_text('line', 'Amount') ~ " as decimal(18, 4))", 'currency_code') }}
    ) as bigint) as applied_minor
from links
where {{ json_text('link', 'TxnType') }} = 'Invoice'
group by client_id, payment_id_qbo, {{ json_text('link', 'TxnId') }}
