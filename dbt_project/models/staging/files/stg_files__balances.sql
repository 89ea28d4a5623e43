-- One row per account with the closing balance of its newest statement.
select
    client_id,
    account_id as account_id_plaid,
    upper(currency_code) as currency_code,
    {{ to_minor('current', 'currency_code') }} as current_minor,
    balance_date,
    is_proven
from {{ source('raw_files', 'balances') }}
where balance_date <= {{ as_of_date() }}
