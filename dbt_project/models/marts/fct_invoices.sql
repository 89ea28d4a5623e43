-- One row per sale that a customer owes or has paid: an invoice in both Stripe and the books is one row.
select
    clients.advisor_id,
    invoices.*,
    case
        when invoices.is_open and invoices.due_date is not null
            then greatest(0, date_diff('day', invoices.due_date, {{ as_of_date() }}))
        else 0
    end as days_overdue
from {{ ref('int_cash__invoices') }} as invoices
inner join {{ ref('dim_clients') }} as clients
    on invoices.client_id = clients.client_id
