-- One row per bank line of a client, whether a feed or a file tells of it; inflow positive.
select
    client_id,
    posting_id_plaid,
    'plaid' as source_rail,
    pending_posting_id_plaid,
    account_id_plaid,
    is_pending,
    posted_date,
    authorized_date,
    currency_code,
    amount_minor,
    running_minor,
    description,
    merchant_name,
    merchant_id_plaid,
    check_number,
    reference_number,
    category_primary,
    category_detailed
from {{ ref('stg_plaid__postings') }}
union all
select
    client_id,
    posting_id_plaid,
    'files',
    null,
    account_id_plaid,
    false,
    posted_date,
    null,
    currency_code,
    amount_minor,
    running_minor,
    description,
    party_name,
    null,
    check_number,
    reference_number,
    null,
    null
from {{ ref('stg_files__postings') }}
