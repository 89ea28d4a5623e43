-- One row per account and day whose balance somebody told: read from a feed, or printed on a statement.
select
    client_id,
    account_id_plaid,
    read_on,
    currency_code,
    available_minor,
    current_minor
from {{ ref('stg_plaid__balance_readings') }}
union all
select
    client_id,
    account_id_plaid,
    last_date,
    min(currency_code),
    null,
    -- Two statements that end on one day tell one balance; where they differ the later file counts.
    arg_max(closing_minor, file_id)
from {{ ref('stg_files__statements') }}
where closing_minor is not null and last_date is not null
group by client_id, account_id_plaid, last_date
