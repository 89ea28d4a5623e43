-- One row per client and counterparty after normalization, with what was done with it.
with bills as (
    select
        client_id,
        counterparty_id,
        count(*) as document_count,
        cast(sum(open_minor) as bigint) as open_minor
    from {{ ref('int_cash__bills') }}
    where counterparty_id is not null
    group by client_id, counterparty_id
),

invoices as (
    select
        client_id,
        counterparty_id,
        count(*) as document_count,
        cast(sum(open_minor) as bigint) as open_minor
    from {{ ref('int_cash__invoices') }}
    where counterparty_id is not null
    group by client_id, counterparty_id
),

documents as (
    select * from bills
    union all
    select * from invoices
),

summed as (
    select
        client_id,
        counterparty_id,
        cast(sum(document_count) as bigint) as document_count,
        cast(sum(open_minor) as bigint) as open_minor
    from documents
    group by client_id, counterparty_id
)

select
    counterparties.client_id,
    counterparties.counterparty_id,
    counterparties.counterparty_name,
    counterparties.kind,
    coalesce(summed.document_count, 0) as document_count,
    coalesce(summed.open_minor, 0) as open_minor
from {{ ref('int_counterparties__counterparties') }} as counterparties
left join summed
    on
        counterparties.client_id = summed.client_id
        and counterparties.counterparty_id = summed.counterparty_id
