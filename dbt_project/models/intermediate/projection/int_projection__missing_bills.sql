-- One row per bill that the books seem to lack and that is paid in the coming thirteen weeks if it comes: when, how
-- much and how likely.
-- It stands beside the forecast and is no part of it. A party whose money already comes as a recurring series, or left
-- last week, is left to the series or to the bank: nothing is counted twice.
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

-- Money to the same party, of nearly the same amount: to come as a series, or gone so lately that no bookkeeper has had
-- a turn at it.
standing as (
    select
        client_id,
        counterparty_id,
        -amount_minor as amount_minor
    from {{ ref('int_projection__recurring_dates') }}
    where origin_date = {{ as_of_date() }} and not is_inflow

    union all

    select
        client_id,
        counterparty_id,
        -amount_minor as amount_minor
    from {{ ref('int_projection__flows') }}
    where amount_minor < 0 and posted_date > {{ as_of_date() }} - 7
),

covered as (
    select distinct
        suspected.client_id,
        suspected.hygiene_item_id
    from suspected
    inner join standing
        on
            suspected.client_id = standing.client_id
            and suspected.counterparty_id = standing.counterparty_id
            and abs(standing.amount_minor - suspected.amount_minor) * 100 <= suspected.amount_minor * 15
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
