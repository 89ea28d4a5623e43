-- One row per refund of a Stripe charge.
select
    client_id,
    id as refund_id_stripe,
    charge as charge_id_stripe,
    payment_intent as payment_intent_id_stripe,
    balance_transaction as balance_transaction_id_stripe,
    status,
    reason,
    upper(currency) as currency_code,
    -amount as amount_minor,
    {{ unix_instant('created') }} as created_at
from {{ source('raw_stripe', 'refunds') }}
where not coalesce(is_deleted, false)
