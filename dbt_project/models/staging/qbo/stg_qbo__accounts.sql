-- One row per ledger account in a client's books.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'accounts') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as account_id_qbo,
    name as account_name,
    fully_qualified_name as account_full_name,
    acct_num as account_number,
    account_type,
    account_sub_type as account_subtype,
    classification,
    coalesce(active, true) as is_active,
    currency_code,
    {{ to_minor('current_balance', 'currency_code') }} as balance_minor
from documents
