-- One row per account with its balance as the bank last told, by feed or by statement.
select
    client_id,
    account_id_plaid,
    'plaid' as source_rail,
    currency_code,
    available_minor,
    current_minor,
    credit_limit_minor,
    -- A feed's balance is as old as its last good sync, which rail health knows.
    cast(null as timestamptz) as told_at
from {{ ref('stg_plaid__balances') }}
union all
select
    client_id,
    account_id_plaid,
    'files',
    currency_code,
    null,
    current_minor,
    null,
    -- A statement tells of the end of its last day.
    least(cast(balance_date + 1 as timestamptz), {{ as_of_at() }})
from {{ ref('stg_files__balances') }}
