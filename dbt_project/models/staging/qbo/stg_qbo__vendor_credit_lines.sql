-- One row per expense line of a vendor credit.
with documents as (
    select
        client_id,
        id as vendor_credit_id_qbo,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code,
        unnest({{ json_list('line') }}) as line,
        generate_subscripts({{ json_list('line') }}, 1) as line_number
    from {{ source('raw_qbo', 'vendor_credits') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    vendor_credit_id_qbo,
    cast(line_number as integer) as line_number,
    {{ json_text('line', 'AccountBasedExpenseLineDetail.AccountRef.value') }} as account_id_qbo,
    {{ to_minor("cast(" ~ json_text('line', 'Amount') ~ " as decimal(18, 4))", 'currency_code') }} as amount_minor,
    {{ json_text('line', 'Description') }} as description,
    currency_code
from documents
where {{ json_text('line', 'DetailType') }} = 'AccountBasedExpenseLineDetail'
