-- One row per account and day on which its balance was read: what the bank told last on that day.
with documents as (
    select
        *,
        upper(coalesce(iso_currency_code, unofficial_currency_code, 'USD')) as currency_code
    from {{ source('raw_plaid', 'balance_readings') }}
)

select
    client_id,
    account_id as account_id_plaid,
    read_on,
    currency_code,
    {{ to_minor('available', 'currency_code') }} as available_minor,
    {{ to_minor('current', 'currency_code') }} as current_minor
from documents
where current is not null
