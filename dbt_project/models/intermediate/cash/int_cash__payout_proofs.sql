-- One row per payout of ours with what the bank and the books show for it. Decides nothing: the executor
-- does.
-- A candidate is a posted outflow of exactly the amount, on the payout's account, from a day before arrival
-- to eight after.
with payouts as (
    select * from {{ ref('stg_control__payouts') }}
),

ramp_bills as (
    select * from {{ ref('stg_ramp__bills') }}
),

bills as (
    select * from {{ ref('int_cash__bills') }}
),

candidates as (
    select
        payouts.client_id,
        payouts.payout_id,
        postings.posting_id_plaid,
        postings.posted_date,
        postings.description,
        -- Another payout may have been proven by this posting already; one posting proves one payout.
        coalesce(
            ramp_bills.trace_id is not null and postings.reference_number = ramp_bills.trace_id, false
        ) as trace_matches,
        abs(date_diff('day', payouts.arrival_date, postings.posted_date)) as days_apart
    from payouts
    inner join {{ ref('int_bank__postings') }} as postings
        on
            payouts.client_id = postings.client_id
            and payouts.account_id_plaid = postings.account_id_plaid
            and payouts.currency_code = postings.currency_code
            and postings.amount_minor = -payouts.amount_minor
            and not postings.is_pending
    left join ramp_bills
        on payouts.client_id = ramp_bills.client_id and payouts.rail_bill_id = ramp_bills.bill_id_ramp
    left join payouts as others
        on
            postings.client_id = others.client_id
            and postings.posting_id_plaid = others.posting_id_plaid
            and payouts.payout_id <> others.payout_id
    where
        postings.posted_date between payouts.arrival_date - 1 and payouts.arrival_date + 8
        and others.payout_id is null
),

best as (
    select
        *,
        count(*) over (partition by client_id, payout_id) as candidate_count
    from candidates
    qualify row_number() over (
        partition by client_id, payout_id
        order by case when trace_matches then 0 else 1 end, days_apart, posted_date, posting_id_plaid
    ) = 1
)

select
    payouts.client_id,
    payouts.payout_id,
    payouts.rail_bill_id,
    ramp_bills.status_summary as ramp_status_summary,
    payouts.amount_minor,
    payouts.arrival_date,
    best.posting_id_plaid,
    best.posted_date,
    best.description as posting_description,
    coalesce(best.candidate_count, 0) as candidate_count,
    coalesce(best.trace_matches, false) as trace_matches,
    bills.bill_payment_id_qbo,
    case when bills.bill_payment_id_qbo is not null then bills.paid_date end as bill_payment_date,
    qbo_bills.open_minor as qbo_open_minor
from payouts
left join best
    on payouts.client_id = best.client_id and payouts.payout_id = best.payout_id
left join ramp_bills
    on payouts.client_id = ramp_bills.client_id and payouts.rail_bill_id = ramp_bills.bill_id_ramp
left join bills
    on payouts.client_id = bills.client_id and payouts.source_bill_id = bills.source_bill_id
left join {{ ref('stg_qbo__bills') }} as qbo_bills
    on bills.client_id = qbo_bills.client_id and bills.bill_id_qbo = qbo_bills.bill_id_qbo
