-- One row per document, day of payment and day on which the payment was known, as the books or its rail tell it.
-- Bills and invoices of QBO share the form of their ids, so each kind meets its own documents only.
with booked as (
    {% for kind, document, payment in [('vendor', 'bill', 'bill_payment'), ('customer', 'invoice', 'payment')] %}
        select
            documents.kind,
            documents.client_id,
            documents.source_id,
            payments.payment_date as paid_date,
            coalesce(cast(payments.created_at as date), payments.payment_date) as known_date,
            lines.applied_minor as amount_minor
        from {{ ref('stg_qbo__' ~ payment ~ '_lines') }} as lines
        inner join {{ ref('stg_qbo__' ~ payment ~ 's') }} as payments
            on
                lines.client_id = payments.client_id
                and lines.{{ payment }}_id_qbo = payments.{{ payment }}_id_qbo
        inner join {{ ref('int_projection__documents') }} as documents
            on
                lines.client_id = documents.client_id
                and 'qbo:' || lines.{{ document }}_id_qbo = documents.source_id
        where documents.kind = '{{ kind }}'
        {{ 'union all' if not loop.last }}
    {% endfor %}
),

-- Ramp and Stripe move the money themselves: their word comes first and covers the whole document.
by_rail as (
    select
        kind,
        client_id,
        source_id,
        rail_paid_date as paid_date,
        rail_paid_date as known_date,
        total_minor as amount_minor
    from {{ ref('int_projection__documents') }}
    where rail_paid_date is not null
),

unioned as (
    select * from booked
    union all
    select * from by_rail
),

told as (
    select
        kind,
        client_id,
        source_id,
        sum(amount_minor) as amount_minor
    from unioned
    group by kind, client_id, source_id
),

-- Closed by a credit, a write-off or an edit: it happened by the document's last touch.
otherwise as (
    select
        documents.kind,
        documents.client_id,
        documents.source_id,
        coalesce(documents.touched_date, documents.known_date) as paid_date,
        coalesce(documents.touched_date, documents.known_date) as known_date,
        documents.total_minor - documents.open_minor - coalesce(told.amount_minor, 0) as amount_minor
    from {{ ref('int_projection__documents') }} as documents
    left join told
        on
            documents.client_id = told.client_id
            and documents.kind = told.kind
            and documents.source_id = told.source_id
    where documents.total_minor - documents.open_minor > coalesce(told.amount_minor, 0)
)

select
    kind,
    client_id,
    source_id,
    paid_date,
    known_date,
    true as is_payment,
    cast(sum(amount_minor) as bigint) as amount_minor
from unioned
group by kind, client_id, source_id, paid_date, known_date

union all

select
    kind,
    client_id,
    source_id,
    paid_date,
    known_date,
    false as is_payment,
    cast(amount_minor as bigint) as amount_minor
from otherwise
