-- One row per transaction and account of QBO's own ledger, debit positive, on the accounts of the client's chart.
-- QBO leaves the id of some sub-accounts out: the full name finds them.
with accounts as (
    select
        client_id,
        account_id_qbo,
        account_full_name,
        case when classification in ('Asset', 'Expense') then 1 else -1 end as sign
    from {{ ref('stg_qbo__accounts') }}
),

-- The name is looked up only where the id is missing. As a column of its own it joins by equality: as a condition on
-- one side alone it would compare every line with every account.
report_lines as (
    select
        *,
        case when account_id_qbo is null then account_full_name end as sought_full_name
    from {{ ref('stg_qbo__ledger_lines') }}
),

lines as (
    select
        report_lines.*,
        coalesce(report_lines.account_id_qbo, named.account_id_qbo, report_lines.account_full_name) as account_id,
        coalesce(known.sign, named.sign, 1) as sign
    from report_lines
    left join accounts as known
        on report_lines.client_id = known.client_id and report_lines.account_id_qbo = known.account_id_qbo
    left join accounts as named
        on
            report_lines.client_id = named.client_id
            and report_lines.sought_full_name = named.account_full_name
)

select
    client_id,
    ledger_month,
    account_id as account_id_qbo,
    transaction_type,
    coalesce(transaction_id_qbo, 'line ' || cast(min(line_number) as varchar)) as transaction_id_qbo,
    min(transaction_label) as transaction_label,
    cast(sum(coalesce(natural_minor * sign, amount_minor)) as bigint) as amount_minor,
    min(currency_code) as currency_code
from lines
group by
    client_id, ledger_month, account_id, transaction_type, transaction_id_qbo,
    case when transaction_id_qbo is null then line_number end
