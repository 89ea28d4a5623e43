-- One row per bank line, rail and document: the document's part of the line, and whether it may stand unasked.
-- The books, Ramp and Stripe each hold their own sight of a payment, so each rail is decided for itself.
with solutions as (
    select
        solutions.*,
        clients.advisor_id,
        -- A document that several lines pay is one match with all of them; else a line is one match.
        case
            when solutions.method = 'several lines for one record'
                then concat_ws('|', solutions.kind, solutions.document_id)
            else concat_ws('|', 'line', solutions.posting_id_plaid)
        end as match_key
    from {{ ref('int_reconciliation__solutions') }} as solutions
    inner join {{ ref('stg_control__clients') }} as clients on solutions.client_id = clients.client_id
),

matches as (
    select
        client_id,
        rail,
        match_key,
        -- Stable across builds: made of the records that it holds, and of nothing else.
        md5(
            concat_ws(
                '|',
                client_id,
                rail,
                string_agg(distinct posting_id_plaid, ',' order by posting_id_plaid),
                string_agg(distinct kind || ':' || document_id, ',' order by kind || ':' || document_id)
            )
        ) as match_id,
        min(share) as share,
        min(margin) as margin
    from solutions
    group by client_id, rail, match_key
),

candidates as (
    select
        client_id,
        posting_id_plaid,
        rail,
        kind,
        document_id,
        side,
        is_reference_equal,
        coalesce(is_counterparty_equal, false) as is_counterparty_equal
    from {{ ref('int_reconciliation__candidates') }}
),

judged as (
    select
        solutions.*,
        matches.match_id,
        matches.margin as match_margin,
        coalesce(candidates.is_reference_equal, false) as is_reference_equal,
        coalesce(candidates.is_counterparty_equal, solutions.method like '%party%') as is_counterparty_equal,
        precision.lower_bound,
        coalesce(precision.is_exact, false) as is_exact,
        case when solutions.method = 'person' then 1.0 else matches.share * coalesce(precision.precision_score, 0.5) end
            as score,
        matches.share
    from (select * exclude (share) from solutions) as solutions
    inner join matches
        on
            solutions.client_id = matches.client_id
            and solutions.rail = matches.rail
            and solutions.match_key = matches.match_key
    left join candidates
        on
            solutions.client_id = candidates.client_id
            and solutions.posting_id_plaid = candidates.posting_id_plaid
            and solutions.rail = candidates.rail
            and solutions.kind = candidates.kind
            and solutions.document_id = candidates.document_id
            and solutions.side = candidates.side
    left join {{ ref('int_reconciliation__precision') }} as precision
        on solutions.advisor_id = precision.advisor_id and solutions.method = precision.method
)

select
    client_id,
    posting_id_plaid,
    rail,
    kind,
    document_id,
    side,
    part_minor,
    left_minor,
    match_id,
    case
        when method = 'person' then 'matched'
        -- The bound of what is known of the method meets the firm's number, and no other explanation is near.
        when is_exact and lower_bound >= {{ var('auto_apply_precision') }} and share >= {{ var('match_share') }}
            then 'matched'
        else 'proposed'
    end as status,
    method as rule,
    score,
    case when match_margin is not null then score * exp(-greatest(match_margin, 0)) end as runner_up_score,
    match_margin as margin,
    document_date,
    date_diff('day', document_date, posted_date) as days_later,
    is_reference_equal,
    is_counterparty_equal
from judged
