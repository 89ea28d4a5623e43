-- One row per account and month with the balance that QBO's own ledger begins with, in the account's own sign.
-- Only the first month of each report that was read tells it.
with documents as (
    select
        client_id,
        start_date as ledger_month,
        upper(coalesce(currency, 'USD')) as currency_code,
        unnest(coalesce(cast(openings as varchar[][]), [])) as opening,
        generate_subscripts(coalesce(cast(openings as varchar[][]), []), 1) as line_number
    from {{ source('raw_qbo', 'ledger_months') }}
)

select
    client_id,
    ledger_month,
    cast(line_number as integer) as line_number,
    nullif(opening[1], '') as account_id_qbo,
    opening[2] as account_full_name,
    {{ to_minor("cast(replace(opening[3], ',', '') as decimal(18, 4))", 'currency_code') }} as natural_minor,
    currency_code
from documents
