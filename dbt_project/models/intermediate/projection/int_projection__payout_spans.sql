-- One row per payout of ours that was ever on its way: from which day it stood for its bill, and when it was paid.
with postings as (
    select
        client_id,
        posting_id_plaid,
        posted_date
    from {{ ref('int_bank__postings') }}
)

select
    payouts.client_id,
    payouts.payout_id,
    payouts.source_bill_id,
    payouts.state,
    payouts.vendor_name,
    payouts.amount_minor,
    payouts.currency_code,
    payouts.arrival_date,
    -- One without an approval on record is known of today only.
    coalesce(cast(payouts.approved_at as date), {{ as_of_date() }}) as live_date,
    -- The posting is in the bank balance already, so the money must not leave a second time.
    case
        when payouts.posting_id_plaid is not null or payouts.state = 'settled'
            then coalesce(
                postings.posted_date, cast(payouts.settled_at as date), payouts.arrival_date, {{ as_of_date() }}
            )
    end as paid_date
from {{ ref('stg_control__payouts') }} as payouts
left join postings
    on payouts.client_id = postings.client_id and payouts.posting_id_plaid = postings.posting_id_plaid
where
    payouts.posting_id_plaid is not null
    or payouts.state in (
        'settled', 'approved', 'reserved', 'sending', 'unconfirmed', 'handed_off',
        'at_rail', 'in_flight', 'rail_paid', 'mismatched'
    )
