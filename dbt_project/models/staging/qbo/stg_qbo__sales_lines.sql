-- One row per line of an invoice, a credit memo, a sales receipt or a refund that books to an account.
-- A subtotal books nothing; a discount books against what was sold, so it is negative.
with documents as (
    {% for table, kind in [
        ('invoices', 'invoice'), ('credit_memos', 'credit_memo'), ('sales_receipts', 'sales_receipt'),
        ('refund_receipts', 'refund_receipt')
    ] %}
        select
            client_id,
            '{{ kind }}' as transaction_type,
            id as transaction_id_qbo,
            upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code,
            unnest({{ json_list('line') }}) as line,
            generate_subscripts({{ json_list('line') }}, 1) as line_number
        from {{ source('raw_qbo', table) }}
        where not coalesce(is_deleted, false)
        {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    client_id,
    transaction_type,
    transaction_id_qbo,
    cast(line_number as integer) as line_number,
    coalesce(
        {{ json_text('line', 'SalesItemLineDetail.ItemAccountRef.value') }},
        {{ json_text('line', 'DiscountLineDetail.DiscountAccountRef.value') }}
    ) as account_id_qbo,
    {{ json_text('line', 'SalesItemLineDetail.ItemRef.value') }} as item_id_qbo,
    case when {{ json_text('line', 'DetailType') }} = 'DiscountLineDetail' then -1 else 1 end
    * {{ to_minor("cast(" ~ json_text('line', 'Amount') ~ " as decimal(18, 4))", 'currency_code') }} as amount_minor,
    {{ json_text('line', 'Description') }} as description,
    currency_code
from documents
where {{ json_text('line', 'DetailType') }} in ('SalesItemLineDetail', 'DiscountLineDetail')
