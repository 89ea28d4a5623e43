-- One row per Stripe invoice and the invoice by which the books repeat it: same customer, number and amount.
with records as (
    select * from {{ ref('int_identity__records') }}
    where object_type = 'invoice'
),

pairs as (
    select
        stripe.client_id,
        stripe.record_id as invoice_id_stripe,
        books.record_id as invoice_id_qbo,
        row_number() over (
            partition by stripe.client_id, stripe.record_id order by books.record_date, books.record_id
        ) as place_for_stripe,
        row_number() over (
            partition by stripe.client_id, books.record_id order by stripe.record_date, stripe.record_id
        ) as place_for_books
    from records as stripe
    inner join records as books
        on
            stripe.client_id = books.client_id
            and stripe.counterparty_id = books.counterparty_id
            and stripe.reference = books.reference
            and stripe.amount_minor = books.amount_minor
            and stripe.currency_code = books.currency_code
    where stripe.rail = 'stripe' and books.rail = 'qbo'
)

select
    client_id,
    invoice_id_stripe,
    invoice_id_qbo,
    0.99 as link_score
from pairs
where place_for_stripe = 1 and place_for_books = 1
