-- One row per bank line and record that it is matched or proposed with: what was found, and how far ahead it was.
with picks as (
    select
        picks.*,
        certificates.evidence
    from {{ ref('int_reconciliation__picks') }} as picks
    inner join {{ ref('int_reconciliation__certificates') }} as certificates
        on picks.client_id = certificates.client_id and picks.match_id = certificates.match_id
    where picks.status in ('matched', 'proposed')
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
    picks.match_id,
    picks.rule as method,
    picks.evidence,
    cast(picks.score as double) as match_score,
    cast(picks.runner_up_score as double) as runner_up_score,
    cast(picks.score - coalesce(picks.runner_up_score, 0) as double) as margin_score,
    cast(picks.part_minor as bigint) as part_minor,
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
left join {{ ref('int_counterparties__counterparties') }} as counterparties
    on
        records.client_id = counterparties.client_id
        and records.counterparty_id = counterparties.counterparty_id
where postings.posted_date > {{ as_of_date() }} - interval 90 day and postings.posted_date <= {{ as_of_date() }}
