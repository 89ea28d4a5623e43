-- One row per statement of a file, with its proof: opening balance and lines against closing balance.
with documents as (
    select
        statements.*,
        upper(accounts.currency_code) as currency_code,
        files.loaded_at,
        files.rows_rejected
    from {{ source('raw_files', 'statements') }} as statements
    inner join {{ source('raw_files', 'accounts') }} as accounts
        on statements.client_id = accounts.client_id and statements.account_id = accounts.account_id
    inner join {{ source('raw_files', 'files') }} as files
        on statements.client_id = files.client_id and statements.file_id = files.file_id
)

select
    client_id,
    file_id,
    file_name,
    account_id as account_id_plaid,
    first_date,
    last_date,
    currency_code,
    {{ to_minor('opening', 'currency_code') }} as opening_minor,
    {{ to_minor('entries', 'currency_code') }} as entries_minor,
    {{ to_minor('closing', 'currency_code') }} as closing_minor,
    {{ to_minor('difference', 'currency_code') }} as difference_minor,
    proof,
    entry_count,
    rows_rejected,
    loaded_at
from documents
