-- One row per debt to a vendor: the QBO bill and its Ramp twin are one row, a bill that only Ramp has is
-- one too, and so is one that only a ledger file has.
-- What is open is the books' balance, unless Ramp has already paid it.
with qbo_bills as (
    select * from {{ ref('stg_qbo__bills') }}
),

ramp_bills as (
    select
        bills.*,
        vendors.vendor_id_qbo
    from {{ ref('stg_ramp__bills') }} as bills
    left join {{ ref('stg_ramp__vendors') }} as vendors
        on bills.client_id = vendors.client_id and bills.vendor_id_ramp = vendors.vendor_id_ramp
    where bills.archived_at is null and coalesce(bills.approval_status, '') not in ('REJECTED', 'TERMINATED')
),

twins as (
    select * from {{ ref('int_cash__bill_twins') }}
),

ramp_vendors as (
    -- Two Ramp vendors on one QBO vendor: the older active one is where its history is.
    select
        client_id,
        vendor_id_qbo,
        vendor_id_ramp
    from {{ ref('stg_ramp__vendors') }}
    where vendor_id_qbo is not null and is_active
    qualify row_number() over (partition by client_id, vendor_id_qbo order by created_at, vendor_id_ramp) = 1
),

payments as (
    select
        lines.client_id,
        lines.bill_id_qbo,
        max(payments.payment_date) as paid_date,
        min(payments.bill_payment_id_qbo) as bill_payment_id_qbo
    from {{ ref('stg_qbo__bill_payment_lines') }} as lines
    inner join {{ ref('stg_qbo__bill_payments') }} as payments
        on lines.client_id = payments.client_id and lines.bill_payment_id_qbo = payments.bill_payment_id_qbo
    where lines.bill_id_qbo is not null
    group by lines.client_id, lines.bill_id_qbo
),

links as (
    select
        client_id,
        rail,
        record_id,
        min(counterparty_id) as counterparty_id
    from {{ ref('int_counterparties__links') }}
    where object_type = 'vendor'
    group by client_id, rail, record_id
),

joined as (
    select
        coalesce(qbo_bills.client_id, ramp_bills.client_id) as client_id,
        case
            when qbo_bills.bill_id_qbo is not null then 'qbo:' || qbo_bills.bill_id_qbo
            else 'ramp:' || ramp_bills.bill_id_ramp
        end as source_bill_id,
        qbo_bills.bill_id_qbo,
        ramp_bills.bill_id_ramp,
        qbo_bills.sync_token as sync_token_qbo,
        coalesce(qbo_bills.vendor_name, ramp_bills.vendor_name) as vendor_name,
        coalesce(qbo_bills.vendor_id_qbo, ramp_bills.vendor_id_qbo) as vendor_id_qbo,
        ramp_bills.vendor_id_ramp as vendor_id_ramp_of_bill,
        coalesce(qbo_bills.invoice_number, ramp_bills.invoice_number) as invoice_number,
        coalesce(qbo_bills.total_minor, ramp_bills.total_minor) as total_minor,
        case
            when ramp_bills.status = 'PAID' then 0
            when qbo_bills.bill_id_qbo is not null then qbo_bills.open_minor
            else ramp_bills.total_minor
        end as open_minor,
        coalesce(qbo_bills.currency_code, ramp_bills.currency_code) as currency_code,
        coalesce(qbo_bills.bill_date, ramp_bills.bill_date) as bill_date,
        coalesce(qbo_bills.due_date, ramp_bills.due_date) as due_date,
        coalesce(cast(ramp_bills.payment_effective_at as date), ramp_bills.payment_date) as ramp_payment_date,
        cast(ramp_bills.paid_at as date) as ramp_paid_date,
        ramp_bills.status_summary as ramp_status_summary,
        ramp_bills.entity_id_ramp,
        ramp_bills.source_bank_account_id_ramp,
        least(cast(qbo_bills.created_at as date), cast(ramp_bills.created_at as date)) as created_date,
        cast(qbo_bills.updated_at as date) as touched_date
    from qbo_bills
    left join twins
        on qbo_bills.client_id = twins.client_id and qbo_bills.bill_id_qbo = twins.bill_id_qbo
    full outer join ramp_bills
        on twins.client_id = ramp_bills.client_id and twins.bill_id_ramp = ramp_bills.bill_id_ramp
    union all
    -- A ledger that only files tell of: owed and projected like any other, and never payable from here.
    select
        client_id,
        bill_id_files as source_bill_id,
        null as bill_id_qbo,
        null as bill_id_ramp,
        null as sync_token_qbo,
        vendor_name,
        null as vendor_id_qbo,
        null as vendor_id_ramp_of_bill,
        invoice_number,
        total_minor,
        greatest(open_minor, 0) as open_minor,
        currency_code,
        bill_date,
        due_date,
        null as ramp_payment_date,
        null as ramp_paid_date,
        null as ramp_status_summary,
        null as entity_id_ramp,
        null as source_bank_account_id_ramp,
        null as created_date,
        null as touched_date
    from {{ ref('stg_files__bills') }}
)

select
    joined.* exclude (vendor_id_ramp_of_bill, created_date),
    -- A rail that keeps no date of entry tells of a document from its own date on.
    coalesce(joined.created_date, joined.bill_date) as known_date,
    coalesce(joined.vendor_id_ramp_of_bill, ramp_vendors.vendor_id_ramp) as vendor_id_ramp,
    coalesce(qbo_links.counterparty_id, ramp_links.counterparty_id) as counterparty_id,
    payments.bill_payment_id_qbo,
    coalesce(payments.paid_date, joined.ramp_paid_date) as paid_date,
    joined.open_minor > 0 as is_open,
    joined.open_minor = 0 and coalesce(payments.paid_date, joined.ramp_paid_date) is not null as is_paid
from joined
left join payments
    on joined.client_id = payments.client_id and joined.bill_id_qbo = payments.bill_id_qbo
left join ramp_vendors
    on joined.client_id = ramp_vendors.client_id and joined.vendor_id_qbo = ramp_vendors.vendor_id_qbo
left join links as qbo_links
    on
        joined.client_id = qbo_links.client_id
        and qbo_links.rail = 'qbo'
        and joined.vendor_id_qbo = qbo_links.record_id
left join links as ramp_links
    on
        joined.client_id = ramp_links.client_id
        and ramp_links.rail = 'ramp'
        and joined.vendor_id_ramp_of_bill = ramp_links.record_id
