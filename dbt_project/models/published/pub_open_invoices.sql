-- One row per open invoice with the day by which half of its money is expected, and how likely it is late.
with expected as (
    select
        client_id,
        source_id,
        expected_date
    from {{ ref('int_projection__open_habits') }}
    where kind = 'customer' and origin_date = {{ as_of_date() }}
)

select
    invoices.advisor_id,
    invoices.client_id,
    invoices.source_invoice_id,
    invoices.counterparty_id,
    invoices.customer_name,
    invoices.invoice_number,
    invoices.source_rail,
    invoices.total_minor,
    invoices.open_minor,
    invoices.currency_code,
    invoices.invoice_date,
    invoices.due_date,
    cast(invoices.days_overdue as integer) as days_overdue,
    expected.expected_date,
    risk.expected_paid_date,
    risk.earliest_paid_date,
    risk.latest_paid_date,
    risk.late_probability,
    risk.late_30_days_probability,
    risk.settled_invoices,
    risk.basis as payment_basis
from {{ ref('fct_invoices') }} as invoices
left join expected
    on invoices.client_id = expected.client_id and invoices.source_invoice_id = expected.source_id
left join {{ ref('int_projection__payment_risk') }} as risk
    on invoices.client_id = risk.client_id and invoices.source_invoice_id = risk.source_invoice_id
where invoices.is_open
