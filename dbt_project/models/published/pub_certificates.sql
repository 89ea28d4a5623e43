-- One row per bank line and record that it is matched or proposed with: what was found, and how far ahead it was.
with picks as (
    select
        *,
        -- Points of a hundred until every match carries a probability.
        case when score > 1 then least(score, 100) / 100.0 else score end as match_score,
        case when runner_up_score > 1 then least(runner_up_score, 100) / 100.0 else runner_up_score end as rival_score
    from {{ ref('int_reconciliation__picks') }}
    where status in ('matched', 'proposed')
),

records as (
    select * from {{ ref('int_identity__records') }}
)

select
    postings.advisor_id,
    picks.client_id,
    picks.posting_id_plaid,
    picks.rail,
    picks.kind,
    picks.document_id,
    picks.status,
    postings.rule as method,
    concat_ws(
        ', ',
        case when abs(records.amount_minor) = abs(postings.amount_minor) then 'equal amount' end,
        case
            when picks.days_later = 0 then 'same day'
            else
                abs(picks.days_later) || case when abs(picks.days_later) = 1 then ' day' else ' days' end
                || case when picks.days_later > 0 then ' after it' else ' before it' end
        end,
        case when records.reference = line_records.reference then 'same reference' end,
        case when records.counterparty_id = postings.counterparty_id then 'same party' end
    ) as evidence,
    cast(picks.match_score as double) as match_score,
    cast(picks.rival_score as double) as runner_up_score,
    cast(picks.match_score - coalesce(picks.rival_score, 0) as double) as margin_score,
    records.amount_minor as document_minor,
    records.currency_code,
    picks.document_date,
    records.reference as document_reference,
    counterparties.counterparty_name as document_party
from picks
inner join {{ ref('fct_postings') }} as postings
    on picks.client_id = postings.client_id and picks.posting_id_plaid = postings.posting_id_plaid
left join records
    on
        picks.client_id = records.client_id
        and picks.rail = records.rail
        and {{ object_type_of('picks.rail', 'picks.kind') }} = records.object_type
        and picks.document_id = records.record_id
left join records as line_records
    on
        picks.client_id = line_records.client_id
        and line_records.rail = 'plaid'
        and line_records.object_type = 'posting'
        and picks.posting_id_plaid = line_records.record_id
left join {{ ref('int_counterparties__counterparties') }} as counterparties
    on
        records.client_id = counterparties.client_id
        and records.counterparty_id = counterparties.counterparty_id
where postings.posted_date > {{ as_of_date() }} - interval 90 day and postings.posted_date <= {{ as_of_date() }}
