-- One row per bank or card account of a client with its balance at the last good load.
select
    advisor_id,
    client_id,
    account_id_plaid,
    account_name,
    mask,
    account_type,
    account_subtype,
    is_cash,
    available_minor,
    current_minor,
    pending_minor,
    currency_code,
    cast(balance_at as timestamptz) as balance_at,
    bank_account_id_ramp
from {{ ref('dim_accounts') }}
