-- One row per Stripe charge, failed ones too.
select
    client_id,
    id as charge_id_stripe,
    customer as customer_id_stripe,
    payment_intent as payment_intent_id_stripe,
    balance_transaction as balance_transaction_id_stripe,
    status,
    coalesce(paid, false) as is_paid,
    coalesce(disputed, false) as is_disputed,
    upper(currency) as currency_code,
    amount as amount_minor,
    coalesce(amount_refunded, 0) as refunded_minor,
    description,
    failure_code,
    {{ unix_instant('created') }} as created_at
from {{ source('raw_stripe', 'charges') }}
where not coalesce(is_deleted, false)
