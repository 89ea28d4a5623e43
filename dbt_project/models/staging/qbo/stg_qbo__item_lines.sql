-- One row per line of a bill, a purchase or a vendor credit that buys an item instead of naming an account.
with documents as (
    {% for table, kind in [('bills', 'bill'), ('purchases', 'purchase'), ('vendor_credits', 'vendor_credit')] %}
        select
            client_id,
            '{{ kind }}' as transaction_type,
            id as transaction_id_qbo,
            upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code,
            unnest({{ json_list('line') }}) as line,
            generate_subscripts({{ json_list('line') }}, 1) as line_number
        from {{ source('raw_qbo', table) }}
        where not coalesce(is_deleted, false) and line like '%ItemBasedExpenseLineDetail%'
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    client_id,
    transaction_type,
    transaction_id_qbo,
    cast(line_number as integer) as line_number,
    {{ json_text('line', 'ItemBasedExpenseLineDetail.ItemRef.value') }} as item_id_qbo,
    {{ to_minor("cast(" ~ json_text('line', 'Amount') ~ " as decimal(18, 4))", 'currency_code') }} as amount_minor,
    currency_code
from documents
where {{ json_text('line', 'DetailType') }} = 'ItemBasedExpenseLineDetail'
