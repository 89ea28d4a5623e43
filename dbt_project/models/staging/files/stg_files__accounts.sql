-- One row per bank account that a client's statements speak of.
select
    client_id,
    account_id as account_id_plaid,
    account_name,
    mask,
    type as account_type,
    subtype as account_subtype,
    type = 'depository' as is_cash,
    upper(currency_code) as currency_code
from {{ source('raw_files', 'accounts') }}
