-- One row per bill that a party's rhythm asks for and that the books lack: paid without a bill, late, skipped, next,
-- or of a party that has stopped.
-- Bank lines and card spend are asked too: money that left to the party near the bill's day says that it was owed.
with slots as (
    select
        slots.*,
        {{ as_of_date() }} as today_date
    from {{ ref('int_missing_bills__slots') }} as slots
    where
        slots.expected_date > {{ as_of_date() }} - to_days({{ var('reconciliation_days') }})
        -- Cents are nobody's minute.
        and slots.usual_minor >= {{ var('expected_bill_floor_minor', 5000) }}
),

counterparties as (
    select * from {{ ref('int_counterparties__counterparties') }}
),

-- Money that went to the party with no bill behind it: nothing in the books, or a purchase written straight down.
spent as (
    select
        postings.client_id,
        postings.counterparty_id,
        postings.currency_code,
        'plaid' as rail,
        postings.posting_id_plaid as record_id,
        -postings.amount_minor as amount_minor,
        postings.posted_date as spent_date
    from {{ ref('int_reconciliation__postings') }} as postings
    inner join {{ ref('int_reconciliation__matches') }} as matches
        on
            postings.client_id = matches.client_id
            and postings.posting_id_plaid = matches.posting_id_plaid
    where
        postings.amount_minor < 0
        and postings.counterparty_id is not null
        and matches.status = 'unmatched'
        -- A bookkeeper who works weekly has had a turn at it.
        and postings.posted_date <= {{ as_of_date() }} - interval 7 day

    union all

    select
        purchases.client_id,
        links.counterparty_id,
        purchases.currency_code,
        'qbo' as rail,
        purchases.purchase_id_qbo as record_id,
        -purchases.amount_minor as amount_minor,
        purchases.purchase_date as spent_date
    from {{ ref('stg_qbo__purchases') }} as purchases
    inner join {{ ref('int_counterparties__links') }} as links
        on
            purchases.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'vendor'
            and purchases.counterparty_id_qbo = links.record_id
    where purchases.counterparty_kind = 'vendor' and purchases.amount_minor < 0
),

paid as (
    select
        slots.client_id,
        slots.counterparty_id,
        slots.currency_code,
        slots.expected_date,
        spent.rail,
        spent.record_id,
        spent.spent_date,
        spent.amount_minor
    from slots
    inner join spent
        on
            slots.client_id = spent.client_id
            and slots.counterparty_id = spent.counterparty_id
            and slots.currency_code = spent.currency_code
            -- Usage strays further than its band says; terms of two months and a late run are the most.
            and spent.amount_minor between 0.8 * slots.low_minor and 1.25 * slots.high_minor
            and spent.spent_date between slots.earliest_date - 5 and slots.latest_date + 75
    -- A payment pays one bill: the latest slot that was due by then.
    qualify
        row_number()
            over (
                partition by slots.client_id, spent.rail, spent.record_id
                order by
                    slots.expected_date > spent.spent_date, abs(date_diff('day', slots.expected_date, spent.spent_date))
            )
        = 1
        and row_number()
            over (
                partition by slots.client_id, slots.counterparty_id, slots.currency_code, slots.expected_date
                order by abs(spent.amount_minor - slots.usual_minor), spent.spent_date, spent.record_id
            )
        = 1
),

judged as (
    select
        slots.*,
        paid.rail as paid_rail,
        paid.record_id as paid_record_id,
        paid.spent_date as paid_date,
        paid.amount_minor as paid_minor,
        coalesce(counterparties.counterparty_name, slots.counterparty_id) as counterparty_name,
        case
            when paid.rail = 'plaid' then 'paid_without_bill'
            when paid.rail = 'qbo' then 'paid_directly'
            when slots.is_stopped then 'stopped'
            when slots.late_date >= slots.today_date then 'due'
            when slots.is_telling then 'late'
            else 'skipped'
        end as status
    from slots
    left join paid
        on
            slots.client_id = paid.client_id
            and slots.counterparty_id = paid.counterparty_id
            and slots.currency_code = paid.currency_code
            and slots.expected_date = paid.expected_date
    left join counterparties
        on
            slots.client_id = counterparties.client_id
            and slots.counterparty_id = counterparties.counterparty_id
)

select
    client_id,
    counterparty_id,
    counterparty_name,
    currency_code,
    cadence,
    status,
    expected_date,
    earliest_date,
    latest_date,
    late_date,
    usual_minor,
    low_minor,
    high_minor,
    price_before_minor,
    price_since_date,
    bills_seen,
    last_bill_date,
    silent_steps,
    expected_score,
    paid_rail,
    paid_record_id,
    paid_date,
    counterparty_name || ' bills ' || replace(cadence, '_', ' ') || ' (' || bills_seen || ' seen, the last on '
    || strftime(last_bill_date, '%d %b %Y') || '); '
    || case status
        when 'due' then 'the next is expected'
        when 'stopped' then 'it has stopped, or one was expected'
        else 'one was expected'
    end
    || ' between ' || strftime(earliest_date, '%d %b') || ' and ' || strftime(latest_date, '%d %b %Y') || ', '
    || case
        when low_minor = high_minor then {{ money_text('usual_minor', 'currency_code') }}
        else {{ money_text('low_minor', 'currency_code') }} || ' to ' || {{ money_text('high_minor', 'currency_code') }}
    end
    || case
        when price_before_minor is not null
            then
                '; its price moved from ' || {{ money_text('price_before_minor', 'currency_code') }} || ' on '
                || strftime(price_since_date, '%d %b %Y')
        else ''
    end
    || case
        when status in ('paid_without_bill', 'paid_directly')
            then
                '. ' || {{ money_text('paid_minor', 'currency_code') }} || ' left to it on '
                || strftime(paid_date, '%d %b %Y') || '.'
        else '.'
    end as evidence
from judged
