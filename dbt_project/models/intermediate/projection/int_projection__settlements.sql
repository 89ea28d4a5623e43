-- One row per document and payment of it, known from the bank when the bank told first, from the books otherwise.
with proofs as (
    select * from {{ ref('int_projection__bank_proofs') }}
),

bookings as (
    select * from {{ ref('int_projection__bookings') }}
),

unioned as (
    select
        client_id,
        kind,
        source_id,
        posted_date as paid_date,
        posted_date as known_date,
        total_minor as amount_minor,
        true as is_payment
    from proofs
    union all
    select
        bookings.client_id,
        bookings.kind,
        bookings.source_id,
        bookings.paid_date,
        bookings.known_date,
        bookings.amount_minor,
        bookings.is_payment
    from bookings
    left join proofs
        on
            bookings.client_id = proofs.client_id
            and bookings.kind = proofs.kind
            and bookings.source_id = proofs.source_id
    where proofs.source_id is null
),

by_day as (
    select
        client_id,
        kind,
        source_id,
        known_date,
        max(paid_date) as paid_date,
        bool_or(is_payment) as is_payment,
        cast(sum(amount_minor) as bigint) as amount_minor
    from unioned
    group by client_id, kind, source_id, known_date
)

select
    *,
    cast(
        sum(amount_minor) over (partition by client_id, kind, source_id order by known_date) as bigint
    ) as settled_minor
from by_day
