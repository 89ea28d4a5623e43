-- One row per bank line over all statements of an account; inflow positive.
select
    client_id,
    transaction_id as posting_id_plaid,
    account_id as account_id_plaid,
    date as posted_date,
    value_date,
    upper(currency_code) as currency_code,
    {{ to_minor('amount', 'currency_code') }} as amount_minor,
    {{ to_minor('running_balance', 'currency_code') }} as running_minor,
    description,
    party_name,
    check_number,
    reference as reference_number,
    file_id,
    line
from {{ source('raw_files', 'transactions') }}
