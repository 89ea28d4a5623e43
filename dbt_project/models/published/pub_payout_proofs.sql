-- One row per payout of ours with what the bank, Ramp and the books show for it.
select
    advisor_id,
    client_id,
    payout_id,
    rail_bill_id,
    ramp_status_summary,
    amount_minor,
    arrival_date,
    posting_id_plaid,
    posted_date,
    posting_description,
    candidate_count,
    trace_matches,
    bill_payment_id_qbo,
    bill_payment_date,
    qbo_open_minor
from {{ ref('fct_payouts') }}
