-- One row per match: what it holds, what adds up to what, and how far it is ahead of the next best explanation.
-- int_reconciliation__faults re-checks every row against the lines and records alone.
with picks as (
    select
        picks.*,
        concat_ws('|', picks.kind, picks.side, picks.document_id) as document_key,
        struct_pack(id := picks.posting_id_plaid, cents := postings.amount_minor) as line,
        struct_pack(id := picks.posting_id_plaid, cents := picks.left_minor) as line_fee,
        postings.amount_minor,
        postings.currency_code,
        postings.posted_date
    from {{ ref('int_reconciliation__picks') }} as picks
    inner join {{ ref('int_reconciliation__postings') }} as postings
        on picks.client_id = postings.client_id and picks.posting_id_plaid = postings.posting_id_plaid
)

select
    match_id,
    client_id,
    rail,
    any_value(status) as status,
    any_value(rule) as method,
    list(distinct posting_id_plaid order by posting_id_plaid) as posting_ids_plaid,
    list(distinct document_key order by document_key) as documents,
    -- A line stands in a row per record of it; it counts once.
    cast(list_sum(list_transform(list(distinct line), one -> one.cents)) as bigint) as lines_minor,
    cast(sum(part_minor) as bigint) as parts_minor,
    cast(list_sum(list_transform(list(distinct line_fee), one -> one.cents)) as bigint) as fee_minor,
    any_value(currency_code) as currency_code,
    min(days_later) as days_later_least,
    max(days_later) as days_later_most,
    min(score) as match_score,
    max(runner_up_score) as runner_up_score,
    min(margin) as margin,
    concat_ws(
        ', ',
        case when max(abs(left_minor)) = 0 then 'equal to the cent' else 'equal but for a fee' end,
        case when bool_and(is_reference_equal) then 'same reference' end,
        case when bool_and(is_counterparty_equal) then 'same party' end,
        case when max(abs(days_later)) = 0 then 'same day' else 'at most ' || max(abs(days_later)) || ' days apart' end
    ) as evidence
from picks
group by match_id, client_id, rail
