-- The weeks of an open document, and what comes after the horizon, add up to what is open of it, to the minor unit.
with parts as (
    select
        client_id,
        origin_date,
        kind,
        source_id,
        sum(abs(amount_minor)) as amount_minor
    from {{ ref('int_projection__landings') }}
    group by client_id, origin_date, kind, source_id
)

select
    documents.client_id,
    documents.origin_date,
    documents.source_id,
    documents.open_minor,
    parts.amount_minor
from {{ ref('int_projection__open_documents') }} as documents
left join parts
    on
        documents.client_id = parts.client_id
        and documents.origin_date = parts.origin_date
        and documents.kind = parts.kind
        and documents.source_id = parts.source_id
where documents.open_minor is distinct from parts.amount_minor
