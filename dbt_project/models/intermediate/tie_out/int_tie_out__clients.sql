-- One row per client: whether its books and its bank balances tie out to the cent, and where they do not.
with clients as (
    select client_id from {{ ref('stg_control__clients') }}
),

ledger as (
    select
        client_id,
        count(*) as account_months,
        count(*) filter (where status = 'proven') as account_months_proven,
        max(ledger_month) as last_month
    from {{ ref('int_tie_out__ledger_months') }}
    group by client_id
),

bank as (
    select
        client_id,
        count(*) as bank_days,
        count(*) filter (where status = 'proven') as bank_days_proven,
        count(*) filter (where status = 'untold') as bank_days_untold
    from {{ ref('int_tie_out__bank_days') }}
    group by client_id
),

-- A record stands on two accounts, so its difference counts once.
by_record as (
    select
        client_id,
        side,
        object_type,
        record_id,
        account_id,
        account_name,
        difference_date,
        difference_minor,
        sentence,
        row_number() over (
            partition by client_id, side, object_type, record_id, case when side = 'bank' then account_id end
            order by abs(difference_minor) desc, account_id asc
        ) as place
    from {{ ref('int_tie_out__differences') }}
),

differences as (
    select
        client_id,
        count(*) as differences,
        count(*) filter (where side = 'ledger') as ledger_differences,
        count(*) filter (where side = 'bank') as bank_differences,
        cast(sum(abs(difference_minor)) as bigint) as unproven_minor
    from by_record
    where place = 1
    group by client_id
),

-- The one that is told: the largest, and of equals the newest.
largest as (
    select
        client_id,
        difference_minor,
        account_name,
        difference_date,
        replace(object_type, '_', ' ') || case when side = 'ledger' then ' ' || record_id else '' end as record_name,
        sentence
    from by_record
    where place = 1
    qualify row_number() over (
        partition by client_id
        order by
            abs(difference_minor) desc, difference_date desc, side asc, object_type asc, record_id asc, account_id asc
    ) = 1
)

select
    clients.client_id,
    ledger.client_id is not null and differences.client_id is null as is_proven,
    case
        when differences.client_id is not null
            then
                largest.account_name || ', ' || strftime(largest.difference_date, '%b %Y') || ', '
                || largest.record_name || ': ' || largest.sentence
        when ledger.client_id is null then 'QuickBooks has told no ledger of its own yet.'
    end as reason,
    coalesce(largest.difference_minor, 0) as difference_minor,
    coalesce(differences.unproven_minor, 0) as unproven_minor,
    coalesce(differences.differences, 0) as difference_count,
    coalesce(differences.ledger_differences, 0) as ledger_difference_count,
    coalesce(differences.bank_differences, 0) as bank_difference_count,
    coalesce(ledger.account_months, 0) as account_months,
    coalesce(ledger.account_months_proven, 0) as account_months_proven,
    coalesce(bank.bank_days, 0) as bank_days,
    coalesce(bank.bank_days_proven, 0) as bank_days_proven,
    coalesce(bank.bank_days_untold, 0) as bank_days_untold,
    ledger.last_month
from clients
left join ledger on clients.client_id = ledger.client_id
left join bank on clients.client_id = bank.client_id
left join differences on clients.client_id = differences.client_id
left join largest on clients.client_id = largest.client_id
