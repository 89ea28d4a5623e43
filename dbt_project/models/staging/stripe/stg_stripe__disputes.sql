-- One row per dispute of a Stripe charge.
select
    client_id,
    id as dispute_id_stripe,
    charge as charge_id_stripe,
    payment_intent as payment_intent_id_stripe,
    status,
    reason,
    upper(currency) as currency_code,
    -amount as amount_minor,
    to_timestamp(cast({{ json_text('evidence_details', 'due_by') }} as bigint)) as evidence_due_at,
    {{ unix_instant('created') }} as created_at
from {{ source('raw_stripe', 'disputes') }}
where not coalesce(is_deleted, false)
