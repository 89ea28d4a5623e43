-- One row per line of a client's Stripe ledger.
select
    client_id,
    id as balance_transaction_id_stripe,
    type,
    reporting_category,
    upper(currency) as currency_code,
    amount as amount_minor,
    fee as fee_minor,
    net as net_minor,
    source as source_id_stripe,
    status,
    {{ unix_instant('created') }} as created_at,
    cast({{ unix_instant('available_on') }} as date) as available_date
from {{ source('raw_stripe', 'balance_transactions') }}
where not coalesce(is_deleted, false)
