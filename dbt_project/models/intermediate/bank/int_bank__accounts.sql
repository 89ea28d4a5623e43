-- One row per bank or card account of a client, whether a feed or a file tells of it.
select
    client_id,
    account_id_plaid,
    'plaid' as source_rail,
    item_id_plaid,
    account_name,
    mask,
    account_type,
    account_subtype,
    is_cash
from {{ ref('stg_plaid__accounts') }}
union all
select
    client_id,
    account_id_plaid,
    'files',
    null,
    account_name,
    mask,
    account_type,
    account_subtype,
    is_cash
from {{ ref('stg_files__accounts') }}
