-- One row per funding account that Ramp may debit.
select
    client_id,
    id as bank_account_id_ramp,
    account_name,
    institution_name,
    last_four
from {{ source('raw_ramp', 'bank_accounts') }}
where not coalesce(is_deleted, false)
