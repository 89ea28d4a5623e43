-- One row per pair of line and record that a person has decided on, with the method that would have paired them.
-- A pair that no equal amount suggests was found as a sum or with a fee; its method is not judged by it.
with postings as (
    select
        *,
        concat_ws('|', 'plaid', 'posting', posting_id_plaid) as left_key
    from {{ ref('int_reconciliation__postings') }}
),

documents as (
    select
        *,
        concat_ws('|', rail, kind, document_id) as right_key
    from {{ ref('int_reconciliation__documents') }}
)

select
    rulings.client_id,
    rulings.left_key,
    rulings.right_key,
    case
        when
            postings.reference = documents.reference
            or (length(documents.reference) >= 4 and contains(postings.description, documents.reference))
            then 'amount and reference'
        when postings.counterparty_id = documents.counterparty_id then 'amount and name'
        when abs(date_diff('day', documents.document_date, postings.posted_date)) <= 6 then 'amount and date'
        else 'amount alone'
    end as rule
from {{ ref('stg_control__rulings') }} as rulings
inner join postings on rulings.client_id = postings.client_id and rulings.left_key = postings.left_key
inner join documents
    on
        rulings.client_id = documents.client_id
        and rulings.right_key = documents.right_key
        and postings.amount_minor = documents.amount_minor
where rulings.subject = 'match'
qualify
    row_number() over (
        partition by rulings.client_id, rulings.left_key, rulings.right_key order by documents.side, rulings.ruling_id
    ) = 1
