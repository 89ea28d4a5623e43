-- One row per client, origin, coming week and source line of the projection: the leaves that every weekly total adds up
-- from.
with lines as (
    select
        client_id,
        origin_date,
        week_number,
        flow,
        bucket,
        label,
        amount_minor,
        expected_date,
        basis,
        source_rail,
        source_id,
        share
    from {{ ref('int_projection__items') }}

    union all

    select
        client_id,
        origin_date,
        week_number,
        case when bucket in ('bills', 'receivables', 'stripe_payouts') then bucket else 'other' end as flow,
        bucket,
        case bucket
            when 'bills' then 'Bills not received yet'
            when 'receivables' then 'Customer receipts not invoiced yet'
            when 'stripe_payouts' then 'Stripe payouts to come'
            when 'other_in' then 'Other money in'
            else 'Other money out'
        end as label,
        amount_minor,
        cast(null as date) as expected_date,
        case method
            when 'usual' then 'Usual week of the last 26, less what is already known'
            when 'gap_13' then 'What came beyond the known at this distance, mean of the last 13 weeks'
            when 'gap_26' then 'What came beyond the known at this distance, mean of the last 26 weeks'
            else 'What came beyond the known at this distance, mean of the last 13 weeks, with last year''s season'
        end as basis,
        cast(null as varchar) as source_rail,
        'usual:' || bucket as source_id,
        1.0 as share
    from {{ ref('int_projection__residuals') }}
)

select
    lines.client_id,
    lines.origin_date,
    origins.is_current,
    lines.week_number,
    origins.week_start_date + (lines.week_number - 1) * 7 as week_start_date,
    lines.flow,
    lines.bucket,
    lines.label,
    lines.amount_minor,
    origins.currency_code,
    lines.expected_date,
    lines.basis,
    lines.source_rail,
    lines.source_id,
    lines.share
from lines
inner join {{ ref('int_projection__origins') }} as origins
    on lines.client_id = origins.client_id and lines.origin_date = origins.origin_date
