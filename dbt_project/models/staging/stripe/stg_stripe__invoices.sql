-- One row per Stripe invoice, drafts left out.
-- A draft is not owed yet. Stripe leaves due_date empty when it charges by itself; such an invoice is due when it
-- takes effect.
with invoices as (
    select
        invoices.*,
        coalesce(clients.time_zone, 'UTC') as time_zone
    from {{ source('raw_stripe', 'invoices') }} as invoices
    left join {{ ref('stg_control__clients') }} as clients on invoices.client_id = clients.client_id
    where
        not coalesce(invoices.is_deleted, false)
        and invoices.status <> 'draft'
)

select
    client_id,
    id as invoice_id_stripe,
    number as invoice_number,
    status,
    customer as customer_id_stripe,
    customer_name,
    upper(currency) as currency_code,
    total as total_minor,
    case when status = 'open' then amount_remaining else 0 end as open_minor,
    {{ local_date(unix_instant('created'), 'time_zone') }} as invoice_date,
    {{ local_date(unix_instant('coalesce(due_date, effective_at, created)'), 'time_zone') }} as due_date,
    to_timestamp(cast({{ json_text('status_transitions', 'finalized_at') }} as bigint)) as finalized_at,
    to_timestamp(cast({{ json_text('status_transitions', 'paid_at') }} as bigint)) as paid_at,
    collection_method
from invoices
