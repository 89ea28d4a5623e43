-- One row per live payout of ours and payment of its bill by another road: books, Ramp, card or bank.
-- Moved: the money has gone. Scheduled: Ramp will send it. Recorded: the books say so, and no bank line proves it.
with live as (
    select
        payouts.client_id,
        payouts.payout_id,
        payouts.source_bill_id,
        payouts.rail_bill_id,
        payouts.rail_draft_id,
        payouts.vendor_id_ramp,
        payouts.amount_minor,
        payouts.currency_code,
        payouts.posting_id_plaid,
        payouts.proposed_at,
        case when payouts.source_bill_id like 'qbo:%' then substr(payouts.source_bill_id, 5) end as bill_id_qbo,
        {{ document_number('bills.invoice_number') }} as number_mark
    from {{ ref('stg_control__payouts') }} as payouts
    left join {{ ref('int_cash__bills') }} as bills
        on payouts.client_id = bills.client_id and payouts.source_bill_id = bills.source_bill_id
    where
        payouts.state not in ('declined', 'rejected', 'cancelled', 'expired', 'returned')
        and coalesce(payouts.rail_draft_id, '') not like 'dry_run:%'
),

own_lines as (
    select distinct
        client_id,
        payout_id,
        posting_id_plaid
    from {{ ref('int_custody__candidates') }}
),

-- Lines of the bank that reconciliation is sure of, by the record that they pay.
matched as (
    select
        picks.client_id,
        picks.posting_id_plaid,
        postings.posted_date,
        picks.kind,
        picks.document_id
    from {{ ref('int_reconciliation__picks') }} as picks
    inner join {{ ref('int_bank__postings') }} as postings
        on picks.client_id = postings.client_id and picks.posting_id_plaid = postings.posting_id_plaid
    where picks.status = 'matched' and picks.rail = 'qbo'
),

books as (
    select
        live.client_id,
        live.payout_id,
        payments.bill_payment_id_qbo as record_id,
        payments.payment_date as paid_date,
        -lines.applied_minor as amount_minor,
        -- A bank line of our own proves our payment, whatever else the books tie to it.
        case when own_lines.posting_id_plaid is null then matched.posting_id_plaid end as posting_id_plaid,
        case
            when matched.posting_id_plaid is not null and own_lines.posting_id_plaid is null then 'moved'
            else 'recorded'
        end as certainty
    from live
    inner join {{ ref('stg_qbo__bill_payment_lines') }} as lines
        on live.client_id = lines.client_id and live.bill_id_qbo = lines.bill_id_qbo
    inner join {{ ref('stg_qbo__bill_payments') }} as payments
        on lines.client_id = payments.client_id and lines.bill_payment_id_qbo = payments.bill_payment_id_qbo
    left join {{ ref('int_custody__book_payments') }} as known
        on
            live.client_id = known.client_id
            and live.payout_id = known.payout_id
            and payments.bill_payment_id_qbo = known.bill_payment_id_qbo
    left join matched
        on
            payments.client_id = matched.client_id
            and matched.kind = 'bill_payment'
            and payments.bill_payment_id_qbo = matched.document_id
    left join own_lines
        on
            live.client_id = own_lines.client_id
            and live.payout_id = own_lines.payout_id
            and matched.posting_id_plaid = own_lines.posting_id_plaid
    where not coalesce(known.is_ours, false) and payments.created_at > live.proposed_at
    qualify row_number() over (
        partition by live.client_id, live.payout_id, payments.bill_payment_id_qbo
        order by own_lines.posting_id_plaid nulls first, matched.posting_id_plaid nulls last
    ) = 1
),

ramp as (
    select
        live.client_id,
        live.payout_id,
        bills.bill_id_ramp as record_id,
        coalesce(cast(bills.paid_at as date), bills.payment_date) as paid_date,
        -bills.total_minor as amount_minor,
        cast(null as varchar) as posting_id_plaid,
        case
            when bills.status = 'PAID' or bills.payment_effective_at is not null then 'moved' else 'scheduled'
        end as certainty
    from live
    inner join {{ ref('stg_ramp__bills') }} as bills
        on
            live.client_id = bills.client_id
            and live.vendor_id_ramp = bills.vendor_id_ramp
            and live.number_mark = {{ document_number('bills.invoice_number') }}
            and live.amount_minor = bills.total_minor
            and live.currency_code = bills.currency_code
    where
        bills.archived_at is null
        and bills.bill_id_ramp is distinct from live.rail_bill_id
        and not coalesce(bills.draft_bill_id_ramp = live.rail_draft_id, false)
        and bills.remote_id is distinct from live.payout_id
        and (
            bills.status = 'PAID'
            or bills.status_summary in ('PAYMENT_SCHEDULED', 'PAYMENT_PROCESSING', 'PAYMENT_COMPLETED')
        )
),

cards as (
    select distinct
        live.client_id,
        live.payout_id,
        others.record_id,
        records.record_date as paid_date,
        records.amount_minor,
        cast(null as varchar) as posting_id_plaid,
        'moved' as certainty
    from live
    inner join {{ ref('int_identity__events') }} as bills
        on
            live.client_id = bills.client_id
            and bills.rail = 'qbo'
            and bills.object_type = 'bill'
            and live.bill_id_qbo = bills.record_id
    inner join {{ ref('int_identity__events') }} as others
        on
            bills.client_id = others.client_id
            and bills.event_id = others.event_id
            and others.rail = 'ramp'
            and others.object_type = 'transaction'
    inner join {{ ref('int_identity__records') }} as records
        on
            others.client_id = records.client_id
            and others.rail = records.rail
            and others.object_type = records.object_type
            and others.record_id = records.record_id
),

bank as (
    select
        live.client_id,
        live.payout_id,
        matched.posting_id_plaid as record_id,
        min(matched.posted_date) as paid_date,
        -live.amount_minor as amount_minor,
        matched.posting_id_plaid,
        'moved' as certainty
    from live
    inner join matched
        on
            live.client_id = matched.client_id
            and matched.kind = 'bill'
            and live.bill_id_qbo = matched.document_id
    left join own_lines
        on
            live.client_id = own_lines.client_id
            and live.payout_id = own_lines.payout_id
            and matched.posting_id_plaid = own_lines.posting_id_plaid
    where
        own_lines.posting_id_plaid is null
        and matched.posting_id_plaid is distinct from live.posting_id_plaid
        and matched.posted_date >= cast(timezone('UTC', live.proposed_at) as date)
    group by live.client_id, live.payout_id, matched.posting_id_plaid, live.amount_minor
),

all_roads as (
    select
        'books' as road,
        *
    from books
    union all
    select
        'ramp' as road,
        *
    from ramp
    union all
    select
        'card' as road,
        *
    from cards
    union all
    select
        'bank' as road,
        *
    from bank
)

select
    all_roads.client_id,
    all_roads.payout_id,
    live.source_bill_id,
    all_roads.road,
    all_roads.record_id,
    all_roads.paid_date,
    all_roads.amount_minor,
    live.currency_code,
    all_roads.certainty,
    all_roads.posting_id_plaid
from all_roads
inner join live
    on all_roads.client_id = live.client_id and all_roads.payout_id = live.payout_id
