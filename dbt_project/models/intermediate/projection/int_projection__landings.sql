-- One row per open document of an origin and week in which a part of its money is expected, in whole minor units that
-- add up to what is open. Week 14 holds what is expected later than the horizon.
-- The lags that the document has outlived already are out; what is left of the payer's habit says when it comes.
with open_documents as (
    select * from {{ ref('int_projection__open_documents') }}
),

lag_points as (
    select * from {{ ref('int_projection__lag_points') }}
),

-- A document that outlived every habit has a chance left all the same, and a part of it comes after the horizon.
tails as (
    select
        unnest([5, 12, 26, 47, 120]) as days_from_now,
        unnest([0.12, 0.1, 0.08, 0.06, 0.14]) as weight
),

points as (
    select
        open_documents.client_id,
        open_documents.origin_date,
        open_documents.kind,
        open_documents.source_id,
        open_documents.due_date + lag_points.lag_days as likely_date,
        lag_points.weight
    from open_documents
    inner join lag_points
        on
            open_documents.client_id = lag_points.client_id
            and open_documents.origin_date = lag_points.origin_date
            and open_documents.kind = lag_points.kind
            and open_documents.payer_key = lag_points.payer_key
    where open_documents.set_date is null and lag_points.lag_days > open_documents.days_overdue

    union all

    select
        open_documents.client_id,
        open_documents.origin_date,
        open_documents.kind,
        open_documents.source_id,
        greatest(open_documents.origin_date, open_documents.due_date) + tails.days_from_now as likely_date,
        tails.weight
    from open_documents
    cross join tails
    where open_documents.set_date is null

    union all

    select
        client_id,
        origin_date,
        kind,
        source_id,
        greatest(set_date, origin_date) as likely_date,
        1.0 as weight
    from open_documents
    where set_date is not null
),

settled as (
    select
        points.*,
        bank_days.settle_date,
        least(
            14,
            cast(
                date_diff(
                    'day',
                    cast(date_trunc('week', points.origin_date) as date),
                    cast(date_trunc('week', bank_days.settle_date) as date)
                ) // 7 + 1 as integer
            )
        ) as week_number
    from points
    inner join {{ ref('int_cash__bank_days') }} as bank_days
        on least(points.likely_date, points.origin_date + 120) = bank_days.calendar_date
),

by_week as (
    select
        client_id,
        origin_date,
        kind,
        source_id,
        week_number,
        sum(weight) as weight,
        quantile_disc(settle_date, 0.5) as expected_date
    from settled
    group by client_id, origin_date, kind, source_id, week_number
),

weighed as (
    select
        *,
        weight / sum(weight) over document as part,
        row_number() over (document order by weight desc, week_number) as rank
    from by_week
    window document as (partition by client_id, origin_date, kind, source_id)
),

-- Slivers tell a reader nothing and are as many as the rest.
shared as (
    select
        weighed.*,
        open_documents.direction,
        open_documents.open_minor,
        open_documents.flow,
        open_documents.bucket,
        weighed.part / sum(weighed.part) over (
            partition by weighed.client_id, weighed.origin_date, weighed.kind, weighed.source_id
        ) as share
    from weighed
    inner join open_documents
        on
            weighed.client_id = open_documents.client_id
            and weighed.origin_date = open_documents.origin_date
            and weighed.kind = open_documents.kind
            and weighed.source_id = open_documents.source_id
    where weighed.part >= 0.03 or weighed.rank = 1
),

floored as (
    select
        *,
        cast(floor(open_minor * share) as bigint) as floor_minor,
        open_minor - sum(cast(floor(open_minor * share) as bigint)) over (
            partition by client_id, origin_date, kind, source_id
        ) as left_minor,
        row_number() over (
            partition by client_id, origin_date, kind, source_id
            order by open_minor * share - floor(open_minor * share) desc, week_number
        ) as remainder_rank
    from shared
)

select
    client_id,
    origin_date,
    kind,
    source_id,
    flow,
    bucket,
    week_number,
    expected_date,
    -- The largest remainders take the units that rounding left.
    cast(direction * (floor_minor + case when remainder_rank <= left_minor then 1 else 0 end) as bigint)
        as amount_minor,
    share,
    sum(share) over (partition by client_id, origin_date, kind, source_id order by week_number) as share_by_then
from floored
