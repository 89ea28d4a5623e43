-- One row per payout of ours with what the bank and the books show for it. Decides nothing in the store: the executor
-- does.
-- The bank line is named when it is certain (int_custody__proven_pairs); else the best candidate stands here with its
-- runner-up, and decided_by is null.
with payouts as (
    select
        payouts.*,
        sent.ramp_status_summary,
        sent.is_bill_at_ramp,
        sent.is_bill_archived,
        sent.payment_method,
        sent.window_from_date,
        sent.window_to_date,
        sent.books_due_date,
        coalesce(sent.payment_date, payouts.payment_date) as told_payment_date,
        coalesce(sent.trace_id, payouts.trace_id) as known_trace_id
    from {{ ref('stg_control__payouts') }} as payouts
    left join {{ ref('int_custody__payouts') }} as sent
        on payouts.client_id = sent.client_id and payouts.payout_id = sent.payout_id
),

pairs as (
    select * from {{ ref('int_custody__proven_pairs') }}
),

taken as (
    select
        client_id,
        posting_id_plaid,
        payout_id
    from pairs
),

-- A line that was decided for another payout is no candidate any more.
candidates as (
    select
        candidates.*,
        count(*) over (partition by candidates.client_id, candidates.payout_id) as candidate_count,
        row_number() over (
            partition by candidates.client_id, candidates.payout_id
            order by
                case when taken.payout_id is not null then 0 else 1 end,
                candidates.score desc,
                candidates.posted_date,
                candidates.posting_id_plaid
        ) as place
    from {{ ref('int_custody__candidates') }} as candidates
    left join taken
        on candidates.client_id = taken.client_id and candidates.posting_id_plaid = taken.posting_id_plaid
    where not candidates.is_pending and (taken.payout_id is null or taken.payout_id = candidates.payout_id)
),

best as (
    select
        candidates.*,
        pairs.decided_by
    from candidates
    left join pairs
        on
            candidates.client_id = pairs.client_id
            and candidates.payout_id = pairs.payout_id
            and candidates.posting_id_plaid = pairs.posting_id_plaid
    where candidates.place = 1
),

runners_up as (
    select * from candidates
    where place = 2
),

pending as (
    select
        pairs.client_id,
        pairs.payout_id,
        pairs.posting_id_plaid
    from pairs
    where pairs.is_pending
),

-- The payment's own trace on a line of another amount or account: the bank contradicts what was signed.
contradictions as (
    select
        payouts.client_id,
        payouts.payout_id,
        min(postings.posting_id_plaid) as posting_id_plaid,
        min_by(postings.amount_minor, postings.posting_id_plaid) as amount_minor,
        min_by(postings.account_id_plaid, postings.posting_id_plaid) as account_id_plaid
    from payouts
    inner join {{ ref('int_bank__postings') }} as postings
        on
            payouts.client_id = postings.client_id
            and payouts.known_trace_id = postings.reference_number
            and not postings.is_pending
            and postings.amount_minor < 0
            and (
                -payouts.amount_minor <> postings.amount_minor
                or payouts.currency_code <> postings.currency_code
                or payouts.account_id_plaid <> postings.account_id_plaid
            )
    group by payouts.client_id, payouts.payout_id
),

returns as (
    select * from {{ ref('int_custody__returns') }}
),

booked as (
    select * from {{ ref('int_custody__book_payments') }}
    where is_ours
),

bills as (
    select * from {{ ref('int_cash__bills') }}
),

-- The books' own words about the bill, whoever paid it.
qbo_bills as (
    select
        bills.client_id,
        bills.source_bill_id,
        qbo.open_minor
    from bills
    inner join {{ ref('stg_qbo__bills') }} as qbo
        on bills.client_id = qbo.client_id and bills.bill_id_qbo = qbo.bill_id_qbo
),

still_there as (
    select
        payouts.client_id,
        payouts.payout_id
    from payouts
    inner join {{ ref('int_bank__postings') }} as postings
        on payouts.client_id = postings.client_id and payouts.posting_id_plaid = postings.posting_id_plaid
)

select
    payouts.client_id,
    payouts.payout_id,
    payouts.rail_bill_id,
    payouts.ramp_status_summary,
    payouts.amount_minor,
    payouts.arrival_date,
    best.posting_id_plaid,
    best.posted_date,
    best.description as posting_description,
    coalesce(best.candidate_count, 0) as candidate_count,
    coalesce(best.signal = 'trace', false) as trace_matches,
    booked.bill_payment_id_qbo,
    booked.payment_date as bill_payment_date,
    qbo_bills.open_minor as qbo_open_minor,
    payouts.rail_bill_id is not null and coalesce(payouts.is_bill_at_ramp, false) as is_bill_at_ramp,
    coalesce(payouts.is_bill_archived, false) as is_bill_archived,
    payouts.payment_method,
    payouts.told_payment_date as payment_date,
    payouts.window_to_date,
    payouts.books_due_date,
    best.decided_by,
    best.score as proof_score,
    runners_up.posting_id_plaid as runner_up_posting_id,
    runners_up.score as runner_up_score,
    pending.posting_id_plaid as pending_posting_id,
    payouts.posting_id_plaid is null or still_there.payout_id is not null as is_proof_present,
    contradictions.posting_id_plaid as contradicting_posting_id,
    contradictions.amount_minor as contradicting_minor,
    contradictions.account_id_plaid as contradicting_account_id,
    returns.posting_id_plaid as return_posting_id,
    returns.posted_date as return_posted_date,
    coalesce(returns.is_certain, false) as is_return_certain,
    returns.signal as return_signal,
    -booked.applied_minor as bill_payment_minor,
    booked.score as bill_payment_score,
    booked.signal as bill_payment_signal
from payouts
left join best
    on payouts.client_id = best.client_id and payouts.payout_id = best.payout_id
left join runners_up
    on payouts.client_id = runners_up.client_id and payouts.payout_id = runners_up.payout_id
left join pending
    on payouts.client_id = pending.client_id and payouts.payout_id = pending.payout_id
left join contradictions
    on payouts.client_id = contradictions.client_id and payouts.payout_id = contradictions.payout_id
left join returns
    on payouts.client_id = returns.client_id and payouts.payout_id = returns.payout_id
left join booked
    on payouts.client_id = booked.client_id and payouts.payout_id = booked.payout_id
left join qbo_bills
    on payouts.client_id = qbo_bills.client_id and payouts.source_bill_id = qbo_bills.source_bill_id
left join still_there
    on payouts.client_id = still_there.client_id and payouts.payout_id = still_there.payout_id
