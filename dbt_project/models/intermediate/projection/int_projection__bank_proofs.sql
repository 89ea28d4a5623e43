-- One row per document that a bank line paid to the cent, while the books still showed it open.
-- A bookkeeper writes a payment down days after the bank shows it. Until then the document is open in the books and its
-- money has left: projected again, it would count twice. Only what was known on the day of the line decides.
with documents as (
    select * from {{ ref('int_projection__documents') }}
    where bucket in ('bills', 'receivables')
),

booked as (
    select
        client_id,
        kind,
        source_id,
        min(known_date) as known_date
    from {{ ref('int_projection__bookings') }}
    group by client_id, kind, source_id
),

lines as (
    select
        client_id,
        posting_id_plaid,
        posted_date,
        amount_minor,
        counterparty_id
    from {{ ref('int_cash__flows') }}
    where not is_outside_burn
),

pairs as (
    select
        documents.client_id,
        documents.kind,
        documents.source_id,
        documents.bucket,
        documents.total_minor,
        lines.posting_id_plaid,
        lines.posted_date,
        lines.counterparty_id = documents.counterparty_id as is_same_party,
        abs(date_diff('day', documents.due_date, lines.posted_date)) as days_apart
    from documents
    inner join lines
        on
            documents.client_id = lines.client_id
            and documents.direction * documents.total_minor = lines.amount_minor
    left join booked
        on
            documents.client_id = booked.client_id
            and documents.kind = booked.kind
            and documents.source_id = booked.source_id
    where
        documents.known_date <= lines.posted_date
        and lines.posted_date between documents.due_date - 60 and documents.due_date + 120
        -- A check names nobody; another party's line is another debt.
        and coalesce(lines.counterparty_id = documents.counterparty_id, true)
        and (booked.known_date is null or booked.known_date >= lines.posted_date)
),

nearest as (
    select *
    from pairs
    qualify row_number() over (
        partition by client_id, posting_id_plaid
        order by coalesce(is_same_party, false) desc, days_apart, kind, source_id
    ) = 1
)

select
    client_id,
    kind,
    source_id,
    bucket,
    posting_id_plaid,
    posted_date,
    total_minor
from nearest
-- The first line that could pay it did: a later one must not change what was known before.
qualify row_number() over (partition by client_id, kind, source_id order by posted_date, posting_id_plaid) = 1
