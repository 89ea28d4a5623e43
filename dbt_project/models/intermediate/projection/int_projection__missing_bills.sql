-- One row per bill that the books seem to lack and that is paid in the coming thirteen weeks if it comes: when, how
-- much and how likely.
-- It stands beside the forecast and is no part of it. One whose money already comes as a recurring series, or left last
-- week without a bill, is left to the series or to the bank: nothing is counted twice.
with origins as (
    select
        client_id,
        origin_date,
        week_start_date,
        currency_code
    from {{ ref('int_projection__origins') }}
    where is_current
),

suspected as (
    select
        items.client_id,
        items.hygiene_item_id,
        items.evidence ->> '$.counterparty_id' as counterparty_id,
        coalesce(items.counterparty_name, 'A vendor') as counterparty_name,
        items.amount_minor,
        items.item_date as bill_date,
        case when items.decision = 'confirmed' then 1 else coalesce(items.wrong_probability, 1) end as probability,
        items.detail as basis,
        origins.origin_date,
        origins.week_start_date,
        origins.currency_code
    from {{ ref('int_hygiene__decided') }} as items
    inner join origins
        on items.client_id = origins.client_id and items.currency_code = origins.currency_code
    where
        items.kind = 'expected_bill'
        and coalesce(items.decision, '') not in ('dismissed', 'snoozed')
),

terms as (
    select
        client_id,
        payer_key,
        cast(median(date_diff('day', document_date, due_date)) as integer) as term_days
    from {{ ref('int_projection__documents') }}
    where kind = 'vendor' and has_due_date and document_date is not null
    group by client_id, payer_key
),

habits as (
    select
        client_id,
        payer_key,
        arg_max(usual_days_after_due, known_date) as lag_days
    from {{ ref('int_projection__habits') }}
    where kind = 'vendor' and known_date <= {{ as_of_date() }}
    group by client_id, payer_key
),

-- The party's own terms and habit, else the client's habit and terms of thirty days.
dated as (
    select
        suspected.*,
        greatest(
            suspected.origin_date,
            suspected.bill_date
            + coalesce(terms.term_days, 30)
            + coalesce(own.lag_days, client_habits.lag_days, 0)
        ) as likely_date
    from suspected
    left join terms
        on suspected.client_id = terms.client_id and suspected.counterparty_id = terms.payer_key
    left join habits as own
        on suspected.client_id = own.client_id and suspected.counterparty_id = own.payer_key
    left join habits as client_habits
        on suspected.client_id = client_habits.client_id and client_habits.payer_key = ''
),

-- Money of nearly that amount to the same party that comes as a series anyway.
repeated as (
    select distinct
        suspected.client_id,
        suspected.hygiene_item_id
    from suspected
    inner join {{ ref('int_projection__recurring_dates') }} as dates
        on
            suspected.client_id = dates.client_id
            and suspected.counterparty_id = dates.counterparty_id
            and suspected.origin_date = dates.origin_date
    where
        not dates.is_inflow
        and abs(-dates.amount_minor - suspected.amount_minor) * 100 <= suspected.amount_minor * 15
),

-- Or that left so lately that no bookkeeper has had a turn at it; a line pays one bill, the latest.
gone as (
    select
        suspected.client_id,
        suspected.hygiene_item_id
    from suspected
    inner join {{ ref('int_projection__flows') }} as flows
        on
            suspected.client_id = flows.client_id
            and suspected.counterparty_id = flows.counterparty_id
            and suspected.origin_date - 7 < flows.posted_date
    inner join {{ ref('int_reconciliation__matches') }} as matches
        on
            flows.client_id = matches.client_id
            and flows.posting_id_plaid = matches.posting_id_plaid
            and matches.status = 'unmatched'
    where
        flows.amount_minor < 0
        and abs(-flows.amount_minor - suspected.amount_minor) * 100 <= suspected.amount_minor * 15
    qualify
        row_number()
            over (
                partition by flows.client_id, flows.posting_id_plaid
                order by suspected.bill_date desc, suspected.hygiene_item_id
            )
        = 1
),

covered as (
    select * from repeated
    union
    select * from gone
),

numbered as (
    select
        dated.*,
        bank_days.settle_date as expected_date,
        cast(
            date_diff('day', dated.week_start_date, cast(date_trunc('week', bank_days.settle_date) as date)) // 7 + 1
            as integer
        ) as week_number
    from dated
    inner join {{ ref('int_cash__bank_days') }} as bank_days
        on dated.likely_date = bank_days.calendar_date
    left join covered
        on dated.client_id = covered.client_id and dated.hygiene_item_id = covered.hygiene_item_id
    where covered.hygiene_item_id is null
)

select
    client_id,
    hygiene_item_id,
    counterparty_id,
    counterparty_name,
    week_number,
    -amount_minor as amount_minor,
    currency_code,
    probability,
    expected_date,
    basis
from numbered
where week_number between 1 and 13
