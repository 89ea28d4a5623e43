-- One row per bill of a client's ledger files, as the newest file that names it tells.
-- A file without an open amount is a list of what is owed, so all of it is open.
with documents as (
    select
        *,
        upper(currency_code) as currency_code_upper
    from {{ source('raw_files', 'bills') }}
)

select
    client_id,
    'file:' || ledger_name || ':' || bill_id as bill_id_files,
    ledger_name,
    vendor_name,
    invoice_number,
    bill_date,
    coalesce(due_date, bill_date) as due_date,
    currency_code_upper as currency_code,
    {{ to_minor('amount', 'currency_code_upper') }} as total_minor,
    {{ to_minor('coalesce(open_amount, amount)', 'currency_code_upper') }} as open_minor,
    file_id,
    line
from documents
