-- One row per payout of ours and the one bank line, posted or pending, that is its money, with what decided.
-- Three rounds, the strongest word first; each takes its lines and payouts away from the next. In every round the pair
-- must be the only one on both sides, so two payouts of one amount never take each other's line.
with candidates as (
    select * from {{ ref('int_custody__candidates') }}
),

said as (
    select * from candidates
    where signal in ('proven', 'ruling', 'trace')
    qualify {{ is_only_pair() }}
),

left_after_said as (
    {{ left_after('said', 'candidates') }}
),

named as (
    select * from left_after_said
    where signal <> 'fit'
    qualify {{ is_only_pair() }}
),

left_after_named as (
    {{ left_after('named', 'left_after_said') }}
),

alone as (
    select * from left_after_named
    qualify {{ is_only_pair() }}
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
