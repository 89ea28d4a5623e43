-- One row per bill or invoice that a client ever had in its own currency, paid ones too, with the day it became known.
-- The days of a document are facts of its own; what was open of it at an origin is int_projection__open_documents.
with clients as (
    select
        client_id,
        currency_code
    from {{ ref('stg_control__clients') }}
),

bills as (
    select
        client_id,
        'vendor' as kind,
        'bills' as flow,
        'bills' as bucket,
        case when ramp_payment_date is not null then 'ramp' else split_part(source_bill_id, ':', 1) end as source_rail,
        source_bill_id as source_id,
        counterparty_id,
        coalesce(counterparty_id, vendor_id_qbo, vendor_name, 'unknown') as payer_key,
        coalesce(vendor_name, 'A vendor') || coalesce(' ' || invoice_number, '') as label,
        -1 as direction,
        total_minor,
        open_minor,
        currency_code,
        bill_date as document_date,
        due_date is not null as has_due_date,
        coalesce(due_date, bill_date + 30) as due_date,
        known_date,
        touched_date,
        ramp_paid_date as rail_paid_date,
        -- Only the newest word of Ramp is kept, so an earlier origin cannot know of it.
        case when is_open then ramp_payment_date end as set_date
    from {{ ref('int_cash__bills') }}
),

invoices as (
    select
        client_id,
        'customer' as kind,
        'receivables' as flow,
        -- Money that Stripe collects reaches the bank as a Stripe payout.
        case when invoice_id_stripe is not null then 'stripe_payouts' else 'receivables' end as bucket,
        source_rail,
        source_invoice_id as source_id,
        counterparty_id,
        coalesce(counterparty_id, customer_name, 'unknown') as payer_key,
        coalesce(customer_name, 'A customer') || coalesce(' ' || invoice_number, '') as label,
        1 as direction,
        total_minor,
        open_minor,
        currency_code,
        invoice_date as document_date,
        due_date is not null as has_due_date,
        coalesce(due_date, invoice_date + 30) as due_date,
        known_date,
        touched_date,
        stripe_paid_date as rail_paid_date,
        cast(null as date) as set_date
    from {{ ref('int_cash__invoices') }}
),

unioned as (
    select * from bills
    union all
    select * from invoices
)

select unioned.*
from unioned
inner join clients
    on unioned.client_id = clients.client_id and unioned.currency_code = clients.currency_code
-- Without any date there is no telling when it was known or is due.
where unioned.due_date is not null and unioned.known_date is not null and unioned.total_minor > 0
