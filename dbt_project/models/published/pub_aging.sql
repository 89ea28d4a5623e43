-- One row per client, side, age bucket and currency: what is open and how late it is. Every bucket is
-- there, empty ones too.
with documents as (
    select
        advisor_id,
        client_id,
        'payable' as side,
        open_minor,
        days_overdue,
        currency_code
    from {{ ref('fct_bills') }}
    where is_open

    union all

    select
        advisor_id,
        client_id,
        'receivable' as side,
        open_minor,
        days_overdue,
        currency_code
    from {{ ref('fct_invoices') }}
    where is_open
),

bucketed as (
    select
        *,
        case
            when days_overdue <= 0 then 1
            when days_overdue <= 30 then 2
            when days_overdue <= 60 then 3
            when days_overdue <= 90 then 4
            else 5
        end as bucket_order
    from documents
),

currencies as (
    select
        advisor_id,
        client_id,
        currency_code
    from {{ ref('dim_clients') }}
    union
    select
        advisor_id,
        client_id,
        currency_code
    from documents
),

frame as (
    select
        currencies.*,
        sides.side,
        buckets.bucket,
        buckets.bucket_order
    from currencies
    cross join (values ('payable'), ('receivable')) as sides (side)
    cross join (
        values ('current', 1), ('1_30', 2), ('31_60', 3), ('61_90', 4), ('over_90', 5)
    ) as buckets (bucket, bucket_order)
)

select
    frame.advisor_id,
    frame.client_id,
    frame.side,
    frame.bucket,
    frame.bucket_order,
    cast(coalesce(sum(bucketed.open_minor), 0) as bigint) as open_minor,
    count(bucketed.open_minor) as document_count,
    frame.currency_code
from frame
left join bucketed
    on
        frame.client_id = bucketed.client_id
        and frame.side = bucketed.side
        and frame.bucket_order = bucketed.bucket_order
        and frame.currency_code = bucketed.currency_code
group by frame.advisor_id, frame.client_id, frame.side, frame.bucket, frame.bucket_order, frame.currency_code
