-- One row per payout of ours and the one bank line, posted or pending, that is its money, with what decided.
-- Three rounds, the strongest word first; each takes its lines and payouts away from the next. In every round the pair
-- must be the only one on both sides, so two payouts of one amount never take each other's line.
with candidates as (
    select * from {{ ref('int_custody__candidates') }}
),

said as (
    select * from candidates
    where signal in ('proven', 'ruling', 'trace')
    qualify
        count(*) over (partition by client_id, payout_id, is_pending) = 1
        and count(*) over (partition by client_id, posting_id_plaid) = 1
),

left_after_said as (
    select candidates.*
    from candidates
    left join said as payouts
        on
            candidates.client_id = payouts.client_id
            and candidates.payout_id = payouts.payout_id
            and candidates.is_pending = payouts.is_pending
    left join said as lines
        on candidates.client_id = lines.client_id and candidates.posting_id_plaid = lines.posting_id_plaid
    where payouts.payout_id is null and lines.payout_id is null
),

named as (
    select * from left_after_said
    where signal <> 'fit'
    qualify
        count(*) over (partition by client_id, payout_id, is_pending) = 1
        and count(*) over (partition by client_id, posting_id_plaid) = 1
),

left_after_named as (
    select left_after_said.*
    from left_after_said
    left join named as payouts
        on
            left_after_said.client_id = payouts.client_id
            and left_after_said.payout_id = payouts.payout_id
            and left_after_said.is_pending = payouts.is_pending
    left join named as lines
        on left_after_said.client_id = lines.client_id and left_after_said.posting_id_plaid = lines.posting_id_plaid
    where payouts.payout_id is null and lines.payout_id is null
),

alone as (
    select * from left_after_named
    qualify
        count(*) over (partition by client_id, payout_id, is_pending) = 1
        and count(*) over (partition by client_id, posting_id_plaid) = 1
),

decided as (
    select
        *,
        signal as decided_by
    from said
    union all
    select
        *,
        signal as decided_by
    from named
    union all
    select
        *,
        case when signal = 'fit' then 'only candidate' else signal end as decided_by
    from alone
)

select
    client_id,
    payout_id,
    posting_id_plaid,
    is_pending,
    signal,
    score,
    decided_by
from decided
