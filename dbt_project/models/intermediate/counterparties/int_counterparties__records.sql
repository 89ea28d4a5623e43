-- One row per client and party record of a rail: what is known to tell it by.
with vendors_qbo as (
    select
        client_id,
        'qbo' as rail,
        'vendor' as kind,
        vendor_id_qbo as record_id,
        vendor_name as party_name,
        cast(null as varchar) as linked_id_qbo,
        email
    from {{ ref('stg_qbo__vendors') }}
),

customers_qbo as (
    select
        client_id,
        'qbo' as rail,
        'customer' as kind,
        customer_id_qbo as record_id,
        customer_name as party_name,
        cast(null as varchar) as linked_id_qbo,
        email
    from {{ ref('stg_qbo__customers') }}
),

vendors_ramp as (
    select
        client_id,
        'ramp' as rail,
        'vendor' as kind,
        vendor_id_ramp as record_id,
        vendor_name as party_name,
        vendor_id_qbo as linked_id_qbo,
        cast(null as varchar) as email
    from {{ ref('stg_ramp__vendors') }}
),

customers_stripe as (
    select
        client_id,
        'stripe' as rail,
        'customer' as kind,
        customer_id_stripe as record_id,
        coalesce(customer_name, email) as party_name,
        cast(null as varchar) as linked_id_qbo,
        email
    from {{ ref('stg_stripe__customers') }}
)

select
    *,
    -- One mailbox, however it is written.
    lower(trim(email)) as mailbox
from (
    select * from vendors_qbo
    union all
    select * from customers_qbo
    union all
    select * from vendors_ramp
    union all
    select * from customers_stripe
) as unioned
