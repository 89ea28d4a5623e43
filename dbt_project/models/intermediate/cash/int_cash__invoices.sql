-- One row per sale that a customer owes or has paid: a Stripe invoice that the books repeat is one row,
-- kept on the books' side.
with stripe_invoices as (
    select * from {{ ref('stg_stripe__invoices') }}
    -- Drafts are not sent and voids are not owed.
    where status in ('open', 'paid', 'uncollectible')
),

events as (
    select
        client_id,
        event_id,
        rail,
        record_id
    from {{ ref('int_identity__events') }}
    where object_type = 'invoice'
),

qbo_invoices as (
    select
        invoices.*,
        events.event_id
    from {{ ref('stg_qbo__invoices') }} as invoices
    left join events
        on
            invoices.client_id = events.client_id
            and events.rail = 'qbo'
            and invoices.invoice_id_qbo = events.record_id
),

-- Two equal joins instead of one with "or": a client with thousands of invoices would pair all with all.
stripe_pairs as (
    select
        events.client_id,
        events.record_id as invoice_id_stripe,
        qbo_invoices.invoice_id_qbo
    from events
    inner join qbo_invoices
        on events.client_id = qbo_invoices.client_id and events.event_id = qbo_invoices.event_id
    where events.rail = 'stripe'

    union all

    select
        stripe_invoices.client_id,
        stripe_invoices.invoice_id_stripe,
        qbo_invoices.invoice_id_qbo
    from stripe_invoices
    inner join qbo_invoices
        on
            stripe_invoices.client_id = qbo_invoices.client_id
            and stripe_invoices.invoice_number = qbo_invoices.invoice_number
            and stripe_invoices.total_minor = qbo_invoices.total_minor
),

stripe_twins as (
    select
        client_id,
        invoice_id_stripe,
        min(invoice_id_qbo) as invoice_id_qbo
    from stripe_pairs
    group by client_id, invoice_id_stripe
),

payments as (
    select
        lines.client_id,
        lines.invoice_id_qbo,
        max(payments.payment_date) as paid_date
    from {{ ref('stg_qbo__payment_lines') }} as lines
    inner join {{ ref('stg_qbo__payments') }} as payments
        on lines.client_id = payments.client_id and lines.payment_id_qbo = payments.payment_id_qbo
    where lines.invoice_id_qbo is not null
    group by lines.client_id, lines.invoice_id_qbo
),

stripe_by_qbo as (
    select
        stripe_twins.client_id,
        stripe_twins.invoice_id_qbo,
        min(stripe_invoices.invoice_id_stripe) as invoice_id_stripe,
        min(stripe_invoices.open_minor) as open_minor,
        max(cast(stripe_invoices.paid_at as date)) as paid_date,
        min(cast(stripe_invoices.finalized_at as date)) as created_date
    from stripe_twins
    inner join stripe_invoices
        on
            stripe_twins.client_id = stripe_invoices.client_id
            and stripe_twins.invoice_id_stripe = stripe_invoices.invoice_id_stripe
    group by stripe_twins.client_id, stripe_twins.invoice_id_qbo
),

links as (
    select
        client_id,
        rail,
        record_id,
        min(counterparty_id) as counterparty_id
    from {{ ref('int_counterparties__links') }}
    where object_type = 'customer'
    group by client_id, rail, record_id
),

unioned as (
    select
        qbo_invoices.client_id,
        'qbo:' || qbo_invoices.invoice_id_qbo as source_invoice_id,
        'qbo' as source_rail,
        qbo_invoices.invoice_id_qbo,
        stripe_by_qbo.invoice_id_stripe,
        qbo_invoices.customer_id_qbo as customer_id,
        qbo_invoices.customer_name,
        qbo_invoices.invoice_number,
        qbo_invoices.total_minor,
        -- Stripe collects faster than a bookkeeper posts: what Stripe has taken is no longer owed.
        least(qbo_invoices.open_minor, coalesce(stripe_by_qbo.open_minor, qbo_invoices.open_minor))
            as open_minor,
        qbo_invoices.currency_code,
        qbo_invoices.invoice_date,
        qbo_invoices.due_date,
        coalesce(payments.paid_date, stripe_by_qbo.paid_date) as paid_date,
        stripe_by_qbo.paid_date as stripe_paid_date,
        least(cast(qbo_invoices.created_at as date), stripe_by_qbo.created_date) as created_date,
        cast(qbo_invoices.updated_at as date) as touched_date
    from qbo_invoices
    left join payments
        on
            qbo_invoices.client_id = payments.client_id
            and qbo_invoices.invoice_id_qbo = payments.invoice_id_qbo
    left join stripe_by_qbo
        on
            qbo_invoices.client_id = stripe_by_qbo.client_id
            and qbo_invoices.invoice_id_qbo = stripe_by_qbo.invoice_id_qbo

    union all

    select
        stripe_invoices.client_id,
        'stripe:' || stripe_invoices.invoice_id_stripe as source_invoice_id,
        'stripe' as source_rail,
        null as invoice_id_qbo,
        stripe_invoices.invoice_id_stripe,
        stripe_invoices.customer_id_stripe as customer_id,
        stripe_invoices.customer_name,
        stripe_invoices.invoice_number,
        stripe_invoices.total_minor,
        case when stripe_invoices.status = 'open' then stripe_invoices.open_minor else 0 end as open_minor,
        stripe_invoices.currency_code,
        stripe_invoices.invoice_date,
        coalesce(stripe_invoices.due_date, stripe_invoices.invoice_date) as due_date,
        cast(stripe_invoices.paid_at as date) as paid_date,
        cast(stripe_invoices.paid_at as date) as stripe_paid_date,
        cast(stripe_invoices.finalized_at as date) as created_date,
        null as touched_date
    from stripe_invoices
    left join stripe_twins
        on
            stripe_invoices.client_id = stripe_twins.client_id
            and stripe_invoices.invoice_id_stripe = stripe_twins.invoice_id_stripe
    where stripe_twins.invoice_id_stripe is null
)

select
    unioned.* exclude (customer_id, created_date),
    -- A rail that keeps no date of entry tells of a document from its own date on.
    coalesce(unioned.created_date, unioned.invoice_date) as known_date,
    links.counterparty_id,
    unioned.open_minor > 0 as is_open,
    unioned.open_minor <= 0 and unioned.paid_date is not null as is_paid
from unioned
left join links
    on
        unioned.client_id = links.client_id
        and unioned.source_rail = links.rail
        and unioned.customer_id = links.record_id
