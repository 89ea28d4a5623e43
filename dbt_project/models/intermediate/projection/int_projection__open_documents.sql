-- One row per client, origin and document that was known and not yet paid in full at that origin.
-- A bill that a payout of ours pays is left to the payout; one that a person called a copy, to nobody.
with origins as (
    select
        client_id,
        origin_date
    from {{ ref('int_projection__origins') }}
),

documents as (
    select * from {{ ref('int_projection__documents') }}
),

settlements as (
    select * from {{ ref('int_projection__settlements') }}
),

-- The day from which nothing was open any more; documents that were never paid have none.
closed as (
    select
        settlements.client_id,
        settlements.kind,
        settlements.source_id,
        min(settlements.known_date) as closed_date
    from settlements
    inner join documents
        on
            settlements.client_id = documents.client_id
            and settlements.kind = documents.kind
            and settlements.source_id = documents.source_id
    where settlements.settled_minor >= documents.total_minor
    group by settlements.client_id, settlements.kind, settlements.source_id
),

waiting as (
    select
        documents.client_id,
        origins.origin_date,
        documents.kind,
        documents.source_id,
        documents.total_minor
    from documents
    inner join origins
        on documents.client_id = origins.client_id and documents.known_date <= origins.origin_date
    left join closed
        on
            documents.client_id = closed.client_id
            and documents.kind = closed.kind
            and documents.source_id = closed.source_id
    where
        (closed.closed_date is null or closed.closed_date > origins.origin_date)
        -- More than ninety days overdue is a question for collections, not money to plan with.
        and (documents.kind = 'vendor' or date_diff('day', documents.due_date, origins.origin_date) <= 90)
),

-- What had been paid of it by then; most documents are paid at once, so few have a row here.
paid as (
    select
        waiting.client_id,
        waiting.origin_date,
        waiting.kind,
        waiting.source_id,
        max(settlements.settled_minor) as settled_minor
    from waiting
    inner join settlements
        on
            waiting.client_id = settlements.client_id
            and waiting.kind = settlements.kind
            and waiting.source_id = settlements.source_id
            and waiting.origin_date >= settlements.known_date
    group by waiting.client_id, waiting.origin_date, waiting.kind, waiting.source_id
),

-- A person said that this bill is a copy: it will not be paid.
rejected as (
    select
        items.client_id,
        'vendor' as kind,
        'qbo:' || items.record_id as source_id,
        min(cast(decisions.decided_at as date)) as decided_date
    from {{ ref('int_hygiene__decided') }} as items
    inner join {{ ref('stg_control__hygiene_decisions') }} as decisions
        on items.client_id = decisions.client_id and items.hygiene_item_id = decisions.hygiene_item_id
    where items.kind = 'duplicate_bill' and items.decision = 'confirmed' and decisions.action = 'confirmed'
    group by items.client_id, items.record_id
),

payouts as (
    select
        client_id,
        'vendor' as kind,
        source_bill_id as source_id,
        min(live_date) as live_date
    from {{ ref('int_projection__payout_spans') }}
    group by client_id, source_bill_id
)

select
    waiting.client_id,
    waiting.origin_date,
    waiting.kind,
    waiting.source_id,
    documents.flow,
    documents.bucket,
    documents.payer_key,
    documents.direction,
    documents.due_date,
    waiting.total_minor - coalesce(paid.settled_minor, 0) as open_minor,
    date_diff('day', documents.due_date, waiting.origin_date) as days_overdue,
    case when waiting.origin_date = {{ as_of_date() }} then documents.set_date end as set_date
from waiting
inner join documents
    on
        waiting.client_id = documents.client_id
        and waiting.kind = documents.kind
        and waiting.source_id = documents.source_id
left join paid
    on
        waiting.client_id = paid.client_id
        and waiting.origin_date = paid.origin_date
        and waiting.kind = paid.kind
        and waiting.source_id = paid.source_id
left join rejected
    on
        waiting.client_id = rejected.client_id
        and waiting.kind = rejected.kind
        and waiting.source_id = rejected.source_id
        and waiting.origin_date >= rejected.decided_date
left join payouts
    on
        waiting.client_id = payouts.client_id
        and waiting.kind = payouts.kind
        and waiting.source_id = payouts.source_id
        and waiting.origin_date >= payouts.live_date
where rejected.source_id is null and payouts.source_id is null
