-- One row per month of a client's general ledger that QBO itself has drawn up.
select
    client_id,
    start_date as ledger_month,
    end_date as ledger_month_end,
    read_at,
    lower(report_basis) as basis,
    upper(coalesce(currency, 'USD')) as currency_code
from {{ source('raw_qbo', 'ledger_months') }}
