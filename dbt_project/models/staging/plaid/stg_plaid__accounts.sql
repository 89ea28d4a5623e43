-- One row per bank or card account of a client.
select
    client_id,
    account_id as account_id_plaid,
    item_id as item_id_plaid,
    coalesce(name, official_name) as account_name,
    mask,
    type as account_type,
    subtype as account_subtype,
    type = 'depository' and coalesce(subtype, 'checking') in ('checking', 'savings', 'money market') as is_cash
from {{ source('raw_plaid', 'accounts') }}
where not coalesce(is_deleted, false)
