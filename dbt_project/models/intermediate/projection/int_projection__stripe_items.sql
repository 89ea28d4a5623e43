-- One row per origin and Stripe payout that was on its way to the bank, or Stripe balance not paid out yet.
with origins as (
    select
        client_id,
        origin_date,
        currency_code
    from {{ ref('int_projection__origins') }}
),

seen_payouts as (
    select
        matches.client_id,
        matches.matched_id as payout_id_stripe,
        min(postings.posted_date) as posted_date
    from {{ ref('int_reconciliation__matches') }} as matches
    left join {{ ref('int_bank__postings') }} as postings
        on matches.client_id = postings.client_id and matches.posting_id_plaid = postings.posting_id_plaid
    where matches.matched_rail = 'stripe' and matches.status = 'matched'
    group by matches.client_id, matches.matched_id
),

payouts as (
    select
        payouts.*,
        cast(payouts.created_at as date) as known_date,
        seen_payouts.payout_id_stripe is not null as is_seen,
        seen_payouts.posted_date
    from {{ ref('stg_stripe__payouts') }} as payouts
    left join seen_payouts
        on
            payouts.client_id = seen_payouts.client_id
            and payouts.payout_id_stripe = seen_payouts.payout_id_stripe
    where payouts.status in ('pending', 'in_transit', 'paid')
),

payout_items as (
    select
        origins.client_id,
        origins.origin_date,
        'Stripe payout on its way' as label,
        payouts.amount_minor,
        payouts.arrival_date as likely_date,
        'Arrival date given by Stripe' as basis,
        1 as days_when_late,
        'stripe:' || payouts.payout_id_stripe as source_id
    from payouts
    inner join origins
        on
            payouts.client_id = origins.client_id
            and payouts.currency_code = origins.currency_code
            and coalesce(payouts.known_date, payouts.arrival_date) <= origins.origin_date
    where
        -- What the bank shows by then is in the balance.
        case
            when payouts.is_seen then payouts.posted_date > origins.origin_date
            -- Stripe says paid when it sends; the bank shows it up to some days later.
            else payouts.status in ('pending', 'in_transit') or payouts.arrival_date >= origins.origin_date - 2
        end
),

transactions as (
    select
        client_id,
        currency_code,
        type in ('payout', 'payout_cancel', 'payout_failure') as is_payout,
        net_minor,
        cast(created_at as date) as created_date,
        available_date
    from {{ ref('stg_stripe__balance_transactions') }}
    where cast(created_at as date) <= {{ as_of_date() }}
),

-- Stripe's ledger adds up to its balance, payouts being lines of it; the balance of then is its sum until then.
days as (
    select
        client_id,
        currency_code,
        created_date,
        sum(net_minor) as net_minor
    from transactions
    group by client_id, currency_code, created_date
),

rolled as (
    select
        origins.client_id,
        origins.origin_date,
        sum(days.net_minor) as net_minor
    from origins
    inner join days
        on
            origins.client_id = days.client_id
            and origins.currency_code = days.currency_code
            and origins.origin_date >= days.created_date
    group by origins.client_id, origins.origin_date
),

-- Charges of the last days wait at Stripe until the day it names.
pending as (
    select
        origins.client_id,
        origins.origin_date,
        transactions.available_date,
        sum(transactions.net_minor) as net_minor
    from origins
    inner join transactions
        on
            origins.client_id = transactions.client_id
            and origins.currency_code = transactions.currency_code
            and transactions.created_date between origins.origin_date - 30 and origins.origin_date
            and origins.origin_date < transactions.available_date
    where not transactions.is_payout
    group by origins.client_id, origins.origin_date, transactions.available_date
),

free as (
    select
        rolled.client_id,
        rolled.origin_date,
        rolled.net_minor - coalesce(sum(pending.net_minor), 0) as net_minor
    from rolled
    left join pending
        on rolled.client_id = pending.client_id and rolled.origin_date = pending.origin_date
    group by rolled.client_id, rolled.origin_date, rolled.net_minor
),

balance_items as (
    select
        client_id,
        origin_date,
        'Stripe balance not paid out yet' as label,
        cast(net_minor as bigint) as amount_minor,
        origin_date + 3 as likely_date,
        'Sum of the Stripe ledger, less what is not available yet' as basis,
        3 as days_when_late,
        'stripe:balance' as source_id
    from free

    union all

    select
        client_id,
        origin_date,
        'Stripe charges not available yet' as label,
        cast(net_minor as bigint) as amount_minor,
        available_date + 2 as likely_date,
        'Stripe makes them available on ' || strftime(available_date, '%d %b') as basis,
        3 as days_when_late,
        'stripe:available ' || available_date as source_id
    from pending
),

unioned as (
    select * from payout_items
    union all
    select * from balance_items
)

select
    unioned.client_id,
    unioned.origin_date,
    unioned.label,
    unioned.amount_minor,
    bank_days.settle_date as expected_date,
    unioned.basis
    || case
        when unioned.likely_date < unioned.origin_date
            then '; that day has passed, so ' || unioned.days_when_late || ' days from then'
        else ''
    end as basis,
    unioned.source_id
from unioned
inner join {{ ref('int_cash__bank_days') }} as bank_days
    on
        case
            when unioned.likely_date is null or unioned.likely_date < unioned.origin_date
                then unioned.origin_date + unioned.days_when_late
            else unioned.likely_date
        end = bank_days.calendar_date
where unioned.amount_minor > 0
