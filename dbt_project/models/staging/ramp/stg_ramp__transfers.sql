-- One row per payment that pays down a client's Ramp card.
select
    client_id,
    id as transfer_id_ramp,
    upper({{ json_text('amount', 'currency_code') }}) as currency_code,
    -cast({{ json_text('amount', 'amount') }} as bigint) as amount_minor,
    status,
    bank_account_id as bank_account_id_ramp,
    created_at
from {{ source('raw_ramp', 'transfers') }}
where not coalesce(is_deleted, false)
