-- One row per client and party record of a rail, with the record that stands for the party in every rail.
-- A link written by a person or a sync outranks an e-mail address, and that outranks an equal name.
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
),

cleaned as (
    select
        client_id,
        rail,
        kind,
        record_id,
        party_name,
        linked_id_qbo,
        email,
        {{ party_name('party_name') }} as clean_name
    from (
        select * from vendors_qbo
        union all
        select * from customers_qbo
        union all
        select * from vendors_ramp
        union all
        select * from customers_stripe
    ) as unioned
),

books as (
    select * from cleaned
    where rail = 'qbo'
),

-- An e-mail address or a name that two parties of the books share proves neither.
by_email as (
    select
        client_id,
        kind,
        email,
        min(record_id) as record_id
    from books
    where email is not null
    group by client_id, kind, email
    having count(*) = 1
),

by_name as (
    select
        client_id,
        kind,
        clean_name,
        min(record_id) as record_id
    from books
    where clean_name <> ''
    group by client_id, kind, clean_name
    having count(*) = 1
),

-- Parties that only one rail knows still meet each other by name; the smallest key stands for them.
anchored as (
    select
        cleaned.*,
        case
            when cleaned.rail = 'qbo' then cleaned.record_id
            else coalesce(linked.record_id, by_email.record_id, by_name.record_id)
        end as anchor_id_qbo,
        case
            when cleaned.rail = 'qbo' then 'own record'
            when linked.record_id is not null then 'linked record'
            when by_email.record_id is not null then 'e-mail'
            when by_name.record_id is not null then 'name'
            else 'own record'
        end as rule
    from cleaned
    left join books as linked
        on
            cleaned.client_id = linked.client_id
            and cleaned.kind = linked.kind
            and cleaned.linked_id_qbo = linked.record_id
    left join by_email
        on
            cleaned.client_id = by_email.client_id
            and cleaned.kind = by_email.kind
            and cleaned.email = by_email.email
    left join by_name
        on
            cleaned.client_id = by_name.client_id
            and cleaned.kind = by_name.kind
            and cleaned.clean_name = by_name.clean_name
),

keyed as (
    select
        *,
        case
            when anchor_id_qbo is not null then 'qbo:' || anchor_id_qbo
            else rail || ':' || record_id
        end as anchor_key
    from anchored
)

select
    client_id,
    rail,
    kind,
    record_id,
    party_name,
    clean_name,
    {{ stable_id(['client_id', 'kind', 'anchor_key']) }} as counterparty_id,
    rule,
    case rule when 'own record' then 100 when 'linked record' then 100 when 'e-mail' then 95 else 90 end as link_score
from keyed
