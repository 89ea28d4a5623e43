-- One row per payout of ours, whatever its state.
select
    advisor_id,
    client_id,
    payout_id,
    source_bill_id,
    state,
    mode,
    amount_minor,
    currency_code,
    arrival_date,
    vendor_id_ramp,
    vendor_name,
    account_id_plaid,
    rail_bill_id,
    rail_draft_id,
    proposed_at,
    sent_at,
    settled_at,
    posting_id_plaid,
    payment_date,
    trace_id,
    approved_at
from {{ source('raw_control', 'payouts') }}
