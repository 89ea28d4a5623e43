-- One row per bill of a client on a rail, as far as it says whether another one repeats it.
-- Kept is a bill that was paid or stands on another rail too: of two that are alike, the other one is the copy.
with links as (
    select * from {{ ref('int_counterparties__links') }}
    where object_type = 'vendor'
),

events as (
    select * from {{ ref('int_identity__events') }}
    where object_type = 'bill'
),

tied as (
    select
        client_id,
        event_id
    from events
    group by client_id, event_id
    having count(distinct rail) > 1
),

-- A payment of nothing joins a vendor credit to the bill that it takes back.
credited as (
    select distinct
        lines.client_id,
        lines.bill_id_qbo
    from {{ ref('stg_qbo__bill_payment_lines') }} as lines
    inner join {{ ref('stg_qbo__bill_payments') }} as payments
        on
            lines.client_id = payments.client_id
            and lines.bill_payment_id_qbo = payments.bill_payment_id_qbo
    where payments.amount_minor = 0
),

bills as (
    select
        bills.client_id,
        'qbo' as rail,
        bills.bill_id_qbo as document_id,
        bills.vendor_id_qbo as vendor_id,
        bills.vendor_name,
        bills.invoice_number,
        bills.currency_code,
        bills.bill_date,
        bills.created_at as entered_at,
        bills.total_minor,
        bills.open_minor < bills.total_minor as is_paid,
        credited.bill_id_qbo is not null as is_credited
    from {{ ref('stg_qbo__bills') }} as bills
    left join credited
        on bills.client_id = credited.client_id and bills.bill_id_qbo = credited.bill_id_qbo

    union all

    select
        client_id,
        'ramp' as rail,
        bill_id_ramp as document_id,
        vendor_id_ramp as vendor_id,
        vendor_name,
        invoice_number,
        currency_code,
        bill_date,
        created_at as entered_at,
        total_minor,
        paid_at is not null as is_paid,
        false as is_credited
    from {{ ref('stg_ramp__bills') }}
    where archived_at is null
)

select
    bills.client_id,
    bills.rail,
    bills.document_id,
    coalesce(links.counterparty_id, bills.rail || ':' || bills.vendor_id) as counterparty_id,
    bills.vendor_name,
    bills.invoice_number,
    bills.currency_code,
    bills.bill_date,
    bills.entered_at,
    bills.total_minor,
    events.event_id,
    tied.event_id is not null as is_tied,
    bills.is_paid or tied.event_id is not null as is_kept,
    bills.is_credited
from bills
left join links
    on
        bills.client_id = links.client_id
        and bills.rail = links.rail
        and bills.vendor_id = links.record_id
left join events
    on
        bills.client_id = events.client_id
        and bills.rail = events.rail
        and bills.document_id = events.record_id
left join tied
    on events.client_id = tied.client_id and events.event_id = tied.event_id
where bills.total_minor > 0 and bills.bill_date is not null and bills.vendor_id is not null
