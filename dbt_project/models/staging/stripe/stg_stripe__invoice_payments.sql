-- One row per payment applied to a Stripe invoice.
select
    client_id,
    id as invoice_payment_id_stripe,
    invoice as invoice_id_stripe,
    {{ json_text('payment', 'payment_intent') }} as payment_intent_id_stripe,
    {{ json_text('payment', 'charge') }} as charge_id_stripe,
    status,
    upper(currency) as currency_code,
    coalesce(amount_paid, 0) as paid_minor,
    {{ unix_instant('created') }} as created_at
from {{ source('raw_stripe', 'invoice_payments') }}
where not coalesce(is_deleted, false)
