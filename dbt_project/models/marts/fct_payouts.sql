-- One row per payout of ours with its proof from the bank, the rail and the books.
select
    clients.advisor_id,
    payouts.client_id,
    payouts.payout_id,
    payouts.source_bill_id,
    payouts.state,
    payouts.mode,
    payouts.vendor_name,
    payouts.currency_code,
    payouts.account_id_plaid,
    payouts.proposed_at,
    payouts.sent_at,
    payouts.settled_at,
    proofs.rail_bill_id,
    proofs.ramp_status_summary,
    proofs.amount_minor,
    proofs.arrival_date,
    proofs.posting_id_plaid,
    proofs.posted_date,
    proofs.posting_description,
    proofs.candidate_count,
    proofs.trace_matches,
    proofs.bill_payment_id_qbo,
    proofs.bill_payment_date,
    proofs.qbo_open_minor
from {{ ref('stg_control__payouts') }} as payouts
inner join {{ ref('dim_clients') }} as clients
    on payouts.client_id = clients.client_id
inner join {{ ref('int_cash__payout_proofs') }} as proofs
    on payouts.client_id = proofs.client_id and payouts.payout_id = proofs.payout_id
