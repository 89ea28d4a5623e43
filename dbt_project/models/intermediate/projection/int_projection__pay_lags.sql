-- One row per client and counterparty that has settled documents before: days from due date to cash, the
-- usual of the last 12.
-- The row with an empty counterparty is the client's own usual, for those without a history of three.
with settled as (
    select
        client_id,
        'vendor' as kind,
        coalesce(counterparty_id, vendor_id_qbo, vendor_name) as payer_key,
        due_date,
        paid_date
    from {{ ref('int_cash__bills') }}
    where is_paid and due_date is not null and paid_date <= {{ as_of_date() }}

    union all

    select
        client_id,
        'customer' as kind,
        coalesce(counterparty_id, customer_name) as payer_key,
        due_date,
        paid_date
    from {{ ref('int_cash__invoices') }}
    where is_paid and due_date is not null and paid_date <= {{ as_of_date() }}
),

recent as (
    select
        client_id,
        kind,
        payer_key,
        date_diff('day', due_date, paid_date) as days_after_due
    from settled
    where payer_key is not null
    qualify row_number() over (partition by client_id, kind, payer_key order by paid_date desc, due_date desc) <= 12
),

by_counterparty as (
    select
        client_id,
        kind,
        payer_key,
        cast(round(median(days_after_due)) as integer) as usual_days_after_due,
        count(*) as documents
    from recent
    group by client_id, kind, payer_key
    having count(*) >= 3
),

by_client as (
    select
        client_id,
        kind,
        '' as payer_key,
        cast(round(median(days_after_due)) as integer) as usual_days_after_due,
        count(*) as documents
    from recent
    group by client_id, kind
)

select * from by_counterparty
union all
select * from by_client
