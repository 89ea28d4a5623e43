-- One row per bank line and rail: the record of that rail that is the line's best, when the line is the record's
-- best too.
-- The books, Ramp and Stripe each hold their own sight of a payment, so each rail is decided for itself.
with candidates as (
    select
        *,
        -- Equals cannot be told apart by anything that matters: they never count as each other's runner-up.
        hash(kind, document_date, document_counterparty_id) as document_equals,
        hash(account_id_plaid, posted_date, posting_counterparty_id) as posting_equals
    from {{ ref('int_reconciliation__candidates') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by client_id, rail, posting_id_plaid
            order by score desc, is_same_place desc, abs(days_later), document_id
        ) as place_for_posting,
        row_number() over (
            partition by client_id, rail, kind, document_id, side
            order by score desc, is_same_place desc, abs(days_later), posting_id_plaid
        ) as place_for_document
    from candidates
),

best as (
    select * from ranked
    where place_for_posting = 1 and place_for_document = 1
),

rivals as (
    select
        best.client_id,
        best.rail,
        best.posting_id_plaid,
        max(candidates.score) as runner_up_score
    from best
    inner join candidates
        on
            best.client_id = candidates.client_id
            and best.rail = candidates.rail
            and (
                best.posting_id_plaid = candidates.posting_id_plaid
                and best.document_equals <> candidates.document_equals
            )
    -- A record that is already another line's best is no rival.
    left join best as taken
        on
            candidates.client_id = taken.client_id
            and candidates.rail = taken.rail
            and candidates.kind = taken.kind
            and candidates.document_id = taken.document_id
            and candidates.side = taken.side
    where taken.document_id is null
    group by best.client_id, best.rail, best.posting_id_plaid
)

select
    best.client_id,
    best.posting_id_plaid,
    best.rail,
    best.kind,
    best.document_id,
    best.side,
    best.document_date,
    best.days_later,
    best.is_reference_equal,
    coalesce(best.is_counterparty_equal, false) as is_counterparty_equal,
    best.score,
    rivals.runner_up_score,
    -- Seventy: equal amount and at most six days, or nearer proof. Ten: three days, or half of a name.
    case
        when best.score >= 70 and coalesce(best.score - rivals.runner_up_score >= 10, true) then 'matched'
        when best.score >= 48 then 'proposed'
        else 'unmatched'
    end as status
from best
left join rivals
    on
        best.client_id = rivals.client_id
        and best.rail = rivals.rail
        and best.posting_id_plaid = rivals.posting_id_plaid
