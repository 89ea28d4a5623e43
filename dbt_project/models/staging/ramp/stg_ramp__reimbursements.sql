-- One row per reimbursement of an employee through Ramp.
with documents as (
    select
        *,
        upper(coalesce(currency, 'USD')) as currency_code
    from {{ source('raw_ramp', 'reimbursements') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as reimbursement_id_ramp,
    state,
    direction,
    currency_code,
    -{{ to_minor('amount', 'currency_code') }} as amount_minor,
    merchant as merchant_name,
    cast(transaction_date as date) as transacted_date,
    approved_at,
    created_at,
    updated_at
from documents
