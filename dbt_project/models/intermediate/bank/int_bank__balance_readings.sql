-- One row per account and day whose balance somebody told: read from a feed, or printed on a statement.
-- What is owed is negative, as the lines are that made it.
select
    readings.client_id,
    readings.account_id_plaid,
    readings.read_on,
    readings.currency_code,
    -- Plaid tells what is owed on a card or a loan as a positive balance.
    case when accounts.account_type in ('credit', 'loan') then -1 else 1 end * readings.current_minor as current_minor
from {{ ref('stg_plaid__balance_readings') }} as readings
left join {{ ref('stg_plaid__accounts') }} as accounts
    on readings.client_id = accounts.client_id and readings.account_id_plaid = accounts.account_id_plaid
union all
select
    client_id,
    account_id_plaid,
    last_date,
    min(currency_code),
    -- Two statements that end on one day tell one balance; where they differ, one that is proven counts.
    arg_max(closing_minor, (proof = 'proven', file_id))
from {{ ref('stg_files__statements') }}
where closing_minor is not null and last_date is not null
group by client_id, account_id_plaid, last_date
