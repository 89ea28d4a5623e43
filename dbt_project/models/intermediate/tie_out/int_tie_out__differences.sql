-- One row per record, ledger account and month on which our ledger and QBO's differ, and per bank day whose lines do
-- not lead to the bank's balance; each says what kind of difference it is.
with ours as (
    select
        entries.client_id,
        entries.ledger_month,
        coalesce(entries.account_id_qbo, 'unplaced') as account_id_qbo,
        entries.transaction_type,
        entries.transaction_id_qbo,
        cast(sum(entries.amount_minor) as bigint) as amount_minor,
        min(entries.currency_code) as currency_code,
        max(entries.updated_at) as updated_at
    from {{ ref('int_tie_out__ledger_entries') }} as entries
    inner join {{ ref('stg_qbo__ledger_months') }} as months
        on entries.client_id = months.client_id and entries.ledger_month = months.ledger_month
    group by
        entries.client_id, entries.ledger_month, coalesce(entries.account_id_qbo, 'unplaced'),
        entries.transaction_type, entries.transaction_id_qbo
),

theirs as (
    select * from {{ ref('int_tie_out__report_entries') }}
),

paired as (
    select
        coalesce(ours.client_id, theirs.client_id) as client_id,
        coalesce(ours.ledger_month, theirs.ledger_month) as ledger_month,
        coalesce(ours.account_id_qbo, theirs.account_id_qbo) as account_id_qbo,
        coalesce(ours.transaction_type, theirs.transaction_type) as transaction_type,
        coalesce(ours.transaction_id_qbo, theirs.transaction_id_qbo) as transaction_id_qbo,
        theirs.transaction_label,
        coalesce(ours.amount_minor, 0) as ours_minor,
        coalesce(theirs.amount_minor, 0) as theirs_minor,
        coalesce(ours.currency_code, theirs.currency_code) as currency_code,
        ours.updated_at
    from ours
    full outer join theirs
        on
            ours.client_id = theirs.client_id
            and ours.ledger_month = theirs.ledger_month
            and ours.account_id_qbo = theirs.account_id_qbo
            and ours.transaction_type = theirs.transaction_type
            and ours.transaction_id_qbo = theirs.transaction_id_qbo
    where coalesce(ours.amount_minor, 0) <> coalesce(theirs.amount_minor, 0)
),

our_records as (
    select
        client_id,
        transaction_type,
        transaction_id_qbo,
        min(ledger_month) as ledger_month,
        max(updated_at) as updated_at
    from {{ ref('int_tie_out__ledger_entries') }}
    group by client_id, transaction_type, transaction_id_qbo
),

their_records as (
    select
        client_id,
        transaction_type,
        transaction_id_qbo,
        min(ledger_month) as ledger_month
    from theirs
    group by client_id, transaction_type, transaction_id_qbo
),

on_ledger as (
    select
        paired.*,
        accounts.account_full_name,
        case
            when paired.account_id_qbo = 'unplaced' then 'unplaced_line'
            when paired.transaction_type = 'other' then 'unread_kind'
            when our_records.updated_at > months.read_at then 'changed_after_report'
            when our_records.client_id is null then 'missing_record'
            when their_records.client_id is null then 'extra_record'
            when our_records.ledger_month <> their_records.ledger_month then 'other_month'
            when paired.ours_minor = 0 or paired.theirs_minor = 0 then 'other_account'
            else 'other_amount'
        end as reason
    from paired
    inner join {{ ref('stg_qbo__ledger_months') }} as months
        on paired.client_id = months.client_id and paired.ledger_month = months.ledger_month
    left join our_records
        on
            paired.client_id = our_records.client_id
            and paired.transaction_type = our_records.transaction_type
            and paired.transaction_id_qbo = our_records.transaction_id_qbo
    left join their_records
        on
            paired.client_id = their_records.client_id
            and paired.transaction_type = their_records.transaction_type
            and paired.transaction_id_qbo = their_records.transaction_id_qbo
    left join {{ ref('stg_qbo__accounts') }} as accounts
        on paired.client_id = accounts.client_id and paired.account_id_qbo = accounts.account_id_qbo
),

-- What no record of the months explains lies before them.
openings as (
    select
        months.client_id,
        months.ledger_month,
        months.account_id_qbo,
        months.account_name,
        months.currency_code,
        months.difference_minor - coalesce(sum(paired.ours_minor - paired.theirs_minor), 0) as difference_minor
    from {{ ref('int_tie_out__ledger_months') }} as months
    left join paired
        on
            months.client_id = paired.client_id
            and months.ledger_month = paired.ledger_month
            and months.account_id_qbo = paired.account_id_qbo
    where months.status = 'unproven'
    group by
        months.client_id, months.ledger_month, months.account_id_qbo, months.account_name, months.currency_code,
        months.difference_minor
    having months.difference_minor <> coalesce(sum(paired.ours_minor - paired.theirs_minor), 0)
),

on_bank as (
    select
        bank_days.*,
        accounts.account_name
    from {{ ref('int_tie_out__bank_days') }} as bank_days
    left join {{ ref('int_bank__accounts') }} as accounts
        on
            bank_days.client_id = accounts.client_id
            and bank_days.account_id_plaid = accounts.account_id_plaid
    where bank_days.status = 'unproven'
)

select
    client_id,
    'ledger' as side,
    'qbo' as rail,
    account_id_qbo as account_id,
    coalesce(account_full_name, case account_id_qbo when 'unplaced' then 'No account' else account_id_qbo end)
        as account_name,
    ledger_month as difference_date,
    transaction_type as object_type,
    transaction_id_qbo as record_id,
    ours_minor,
    theirs_minor,
    ours_minor - theirs_minor as difference_minor,
    currency_code,
    reason,
    case reason
        when 'unplaced_line' then 'A line of this record books to no account that we read.'
        when 'unread_kind' then 'QuickBooks counts a kind of record that is not read here.'
        when 'changed_after_report'
            then 'The record changed after QuickBooks drew up the month; the next load reads it again.'
        when 'missing_record' then 'QuickBooks counts this record and we do not hold it.'
        when 'extra_record' then 'We hold this record and QuickBooks does not count it.'
        when 'other_month' then 'The record stands in another month in QuickBooks.'
        when 'other_account' then 'The record stands on another account in QuickBooks.'
        else 'The record has another amount in QuickBooks.'
    end as sentence
from on_ledger
union all
select
    client_id,
    'ledger' as side,
    'qbo' as rail,
    account_id_qbo as account_id,
    account_name,
    ledger_month as difference_date,
    'opening' as object_type,
    'opening' as record_id,
    difference_minor as ours_minor,
    0 as theirs_minor,
    difference_minor,
    currency_code,
    'before_the_months' as reason,
    'The balances differ before the first month that was compared.' as sentence
from openings
union all
select
    client_id,
    'bank' as side,
    'plaid' as rail,
    account_id_plaid as account_id,
    coalesce(account_name, account_id_plaid) as account_name,
    balance_date as difference_date,
    'bank_day' as object_type,
    cast(balance_date as varchar) as record_id,
    moved_minor as ours_minor,
    moved_minor + difference_minor as theirs_minor,
    -difference_minor as difference_minor,
    currency_code,
    case when difference_minor = 0 then 'lines_do_not_join' else 'lines_missing' end as reason,
    case
        when difference_minor = 0 then 'The lines of this day do not lead from one balance to the next.'
        else
            'The bank''s balance moved by more than its lines say, after '
            || coalesce(cast(since_date as varchar), 'the start') || ' and up to '
            || cast(balance_date as varchar) || ': lines are missing or counted twice.'
    end as sentence
from on_bank
