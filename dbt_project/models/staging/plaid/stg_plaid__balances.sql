-- One row per account with its balance as the bank last told.
-- When it was told stands in stg_ops__connection_syncs.
with documents as (
    select
        *,
        upper(coalesce(iso_currency_code, unofficial_currency_code, 'USD')) as currency_code
    from {{ source('raw_plaid', 'balances') }}
)

select
    client_id,
    account_id as account_id_plaid,
    currency_code,
    {{ to_minor('available', 'currency_code') }} as available_minor,
    {{ to_minor('current', 'currency_code') }} as current_minor,
    {{ to_minor('credit_limit', 'currency_code') }} as credit_limit_minor
from documents
