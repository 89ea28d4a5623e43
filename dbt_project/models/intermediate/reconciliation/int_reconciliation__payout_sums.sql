-- One row per Stripe payout whose ledger lines are loaded: what went into it, and whether it adds up to the cent.
-- Lines are loaded for payouts of the last 92 days; an older payout has no row and claims nothing.
with lines as (
    select
        lines.client_id,
        lines.payout_id_stripe,
        ledger.amount_minor,
        ledger.fee_minor,
        ledger.net_minor,
        case
            when ledger.type in ('charge', 'payment') then 'charge'
            when ledger.type in ('refund', 'payment_refund') then 'refund'
            when ledger.reporting_category like 'dispute%' then 'dispute'
            else 'other'
        end as part
    from {{ ref('stg_stripe__payout_lines') }} as lines
    inner join {{ ref('stg_stripe__balance_transactions') }} as ledger
        on
            lines.client_id = ledger.client_id
            and lines.balance_transaction_id_stripe = ledger.balance_transaction_id_stripe
    -- The payout is a ledger line itself; it is what the others add up to.
    where ledger.type <> 'payout'
),

summed as (
    select
        client_id,
        payout_id_stripe,
        count(*) as line_count,
        coalesce(sum(amount_minor) filter (where part = 'charge'), 0) as charges_minor,
        coalesce(sum(amount_minor) filter (where part = 'refund'), 0) as refunds_minor,
        coalesce(sum(amount_minor) filter (where part = 'dispute'), 0) as disputes_minor,
        coalesce(sum(amount_minor) filter (where part = 'other'), 0) as other_minor,
        sum(fee_minor) as fees_minor,
        sum(amount_minor) as gross_minor,
        sum(net_minor) as net_minor
    from lines
    group by client_id, payout_id_stripe
)

select
    payouts.client_id,
    payouts.payout_id_stripe,
    payouts.currency_code,
    payouts.arrival_date,
    payouts.status,
    payouts.amount_minor,
    cast(summed.line_count as bigint) as line_count,
    cast(summed.charges_minor as bigint) as charges_minor,
    cast(summed.refunds_minor as bigint) as refunds_minor,
    cast(summed.disputes_minor as bigint) as disputes_minor,
    cast(summed.other_minor as bigint) as other_minor,
    cast(summed.fees_minor as bigint) as fees_minor,
    cast(summed.gross_minor as bigint) as gross_minor,
    cast(payouts.amount_minor - summed.net_minor as bigint) as unexplained_minor
from {{ ref('stg_stripe__payouts') }} as payouts
inner join summed
    on payouts.client_id = summed.client_id and payouts.payout_id_stripe = summed.payout_id_stripe
