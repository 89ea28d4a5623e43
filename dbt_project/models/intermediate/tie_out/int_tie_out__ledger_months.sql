-- One row per client, ledger account and month that QBO's own ledger was read for: our entries against QBO's.
-- The first month holds the opening balance of a balance-sheet account too: what ties out in every month then ties
-- out in every balance. A year's closing is QBO's own reckoning, so flows and retained earnings have no opening here.
with months as (
    select
        *,
        min(ledger_month) over (partition by client_id) as first_month
    from {{ ref('stg_qbo__ledger_months') }}
),

first_months as (
    select distinct
        client_id,
        first_month
    from months
),

accounts as (
    select
        client_id,
        account_id_qbo,
        account_full_name,
        account_subtype,
        classification,
        case when classification in ('Asset', 'Expense') then 1 else -1 end as sign
    from {{ ref('stg_qbo__accounts') }}
),

balanced_accounts as (
    select * from accounts
    where classification in ('Asset', 'Liability', 'Equity') and account_subtype is distinct from 'RetainedEarnings'
),

sides as (
    select
        entries.client_id,
        entries.ledger_month,
        coalesce(entries.account_id_qbo, 'unplaced') as account_id_qbo,
        entries.amount_minor as ours_minor,
        0 as theirs_minor
    from {{ ref('int_tie_out__ledger_entries') }} as entries
    inner join months on entries.client_id = months.client_id and entries.ledger_month = months.ledger_month
    union all
    select
        client_id,
        ledger_month,
        account_id_qbo,
        0 as ours_minor,
        amount_minor as theirs_minor
    from {{ ref('int_tie_out__report_entries') }}
    union all
    select
        entries.client_id,
        first_months.first_month as ledger_month,
        entries.account_id_qbo,
        entries.amount_minor as ours_minor,
        0 as theirs_minor
    from {{ ref('int_tie_out__ledger_entries') }} as entries
    inner join first_months
        on entries.client_id = first_months.client_id and entries.ledger_month < first_months.first_month
    inner join balanced_accounts
        on entries.client_id = balanced_accounts.client_id and entries.account_id_qbo = balanced_accounts.account_id_qbo
    union all
    select
        openings.client_id,
        openings.ledger_month,
        balanced_accounts.account_id_qbo,
        0 as ours_minor,
        openings.natural_minor * balanced_accounts.sign as theirs_minor
    from {{ ref('stg_qbo__ledger_openings') }} as openings
    inner join first_months
        on openings.client_id = first_months.client_id and openings.ledger_month = first_months.first_month
    inner join balanced_accounts
        on
            openings.client_id = balanced_accounts.client_id
            and (
                openings.account_id_qbo = balanced_accounts.account_id_qbo
                or (
                    openings.account_id_qbo is null
                    and openings.account_full_name = balanced_accounts.account_full_name
                )
            )
),

summed as (
    select
        client_id,
        ledger_month,
        account_id_qbo,
        cast(sum(ours_minor) as bigint) as ours_minor,
        cast(sum(theirs_minor) as bigint) as theirs_minor
    from sides
    group by client_id, ledger_month, account_id_qbo
)

select
    summed.client_id,
    summed.account_id_qbo,
    summed.ledger_month,
    coalesce(accounts.account_full_name, summed.account_id_qbo) as account_name,
    summed.ours_minor,
    summed.theirs_minor,
    summed.ours_minor - summed.theirs_minor as difference_minor,
    months.currency_code,
    months.read_at,
    case when summed.ours_minor = summed.theirs_minor then 'proven' else 'unproven' end as status
from summed
inner join months on summed.client_id = months.client_id and summed.ledger_month = months.ledger_month
left join accounts
    on summed.client_id = accounts.client_id and summed.account_id_qbo = accounts.account_id_qbo
