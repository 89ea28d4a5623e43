-- One row per client: are we okay, how sure is that, and what waits.
with bills as (
    select
        bills.client_id,
        sum(bills.open_minor) as open_minor,
        sum(bills.open_minor) filter (
            where bills.due_date between {{ as_of_date() }} and {{ as_of_date() }} + 7
        ) as due_7d_minor,
        sum(bills.open_minor) filter (where bills.days_overdue > 0) as overdue_minor
    from {{ ref('fct_bills') }} as bills
    inner join {{ ref('dim_clients') }} as clients
        on bills.client_id = clients.client_id and bills.currency_code = clients.currency_code
    where bills.is_open
    group by bills.client_id
),

invoices as (
    select
        invoices.client_id,
        sum(invoices.open_minor) as open_minor,
        sum(invoices.open_minor) filter (where invoices.days_overdue > 0) as overdue_minor
    from {{ ref('fct_invoices') }} as invoices
    inner join {{ ref('dim_clients') }} as clients
        on invoices.client_id = clients.client_id and invoices.currency_code = clients.currency_code
    where invoices.is_open
    group by invoices.client_id
),

hygiene as (
    select
        client_id,
        count(*) as open_count
    from {{ ref('int_hygiene__items') }}
    where is_open
    group by client_id
),

rails as (
    select
        client_id,
        min(last_success_at) as oldest_rail_at,
        count(*) filter (where status = 'failed') as failed_rail_count
    from {{ ref('int_quality__rail_health') }}
    where status <> 'absent'
    group by client_id
)

select
    clients.advisor_id,
    clients.client_id,
    clients.client_name,
    clients.industry,
    clients.advisor_mode,
    clients.currency_code,
    status.available_minor as cash_available_minor,
    status.reserved_minor,
    status.buffer_minor,
    status.gap_to_buffer_minor,
    status.average_daily_net_burn_minor,
    cast(status.runway_days as double) as runway_days,
    cast(status.runway_days_low as double) as runway_days_low,
    cast(status.runway_days_high as double) as runway_days_high,
    status.runway_status,
    status.status_reason,
    status.confidence,
    status.confidence_reason,
    status.quality_score,
    status.readiness_score,
    status.preflight,
    quality.readiness_reason,
    coalesce(hygiene.open_count, 0) as hygiene_open_count,
    cast(coalesce(bills.open_minor, 0) as bigint) as ap_open_minor,
    cast(coalesce(bills.due_7d_minor, 0) as bigint) as ap_due_7d_minor,
    cast(coalesce(bills.overdue_minor, 0) as bigint) as ap_overdue_minor,
    cast(coalesce(invoices.open_minor, 0) as bigint) as ar_open_minor,
    cast(coalesce(invoices.overdue_minor, 0) as bigint) as ar_overdue_minor,
    status.cash_lowest_minor,
    status.lowest_week_start_date,
    cast(rails.oldest_rail_at as timestamptz) as oldest_rail_at,
    coalesce(rails.failed_rail_count, 0) as failed_rail_count
from {{ ref('dim_clients') }} as clients
inner join {{ ref('int_cash__runway_status') }} as status
    on clients.client_id = status.client_id
inner join {{ ref('int_quality__scores') }} as quality
    on clients.client_id = quality.client_id
left join bills
    on clients.client_id = bills.client_id
left join invoices
    on clients.client_id = invoices.client_id
left join hygiene
    on clients.client_id = hygiene.client_id
left join rails
    on clients.client_id = rails.client_id
