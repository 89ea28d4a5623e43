-- One row per customer of a client's Stripe account.
select
    client_id,
    id as customer_id_stripe,
    name as customer_name,
    email,
    {{ unix_instant('created') }} as created_at
from {{ source('raw_stripe', 'customers') }}
where not coalesce(is_deleted, false)
