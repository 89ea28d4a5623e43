-- One row per Stripe payout to a client's bank.
-- Stripe states the arrival as midnight UTC of a day, so the day is read in UTC.
select
    client_id,
    id as payout_id_stripe,
    upper(currency) as currency_code,
    amount as amount_minor,
    status,
    coalesce(automatic, true) as is_automatic,
    {{ unix_instant('created') }} as created_at,
    cast({{ unix_instant('arrival_date') }} as date) as arrival_date,
    reconciliation_status,
    balance_transaction as balance_transaction_id_stripe,
    {{ json_text('trace_id', 'value') }} as trace_id,
    failure_code
from {{ source('raw_stripe', 'payouts') }}
where not coalesce(is_deleted, false)
