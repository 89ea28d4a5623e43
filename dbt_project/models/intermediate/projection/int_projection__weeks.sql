-- One row per client, origin and coming week: money in and out, the cash that the week closes with, its bands and the
-- chance that it closes below the buffer.
with totals as (
    select * from {{ ref('int_projection__totals') }}
),

-- Bills that the books seem to lack, if they all come.
missing as (
    select
        client_id,
        week_number,
        sum(amount_minor) as amount_minor
    from {{ ref('int_projection__missing_bills') }}
    group by client_id, week_number
),

joined as (
    select
        totals.*,
        case
            when totals.is_current
                then
                    totals.closing_balance_minor
                    + coalesce(
                        sum(missing.amount_minor) over (
                            partition by totals.client_id, totals.origin_date order by totals.week_number
                        ),
                        0
                    )
        end as with_missing_minor,
        scales.scale_minor
        -- Data so many days old make week 1 a forecast of so many days more.
        * sqrt(1 + coalesce(widening.feed_days_old, 0) / (7.0 * totals.week_number))
        * (1 + coalesce(widening.unproven_share, 0))
        * (1 + coalesce(widening.missing_share, 0)) as scale_minor,
        coalesce(margins.scores_seen, 0) as scores_seen,
        -- Before any outcome is in: the margins of errors that are normal, whose mean is 0.8 of their deviation.
        coalesce(margins.below_80, -1.6) as below_80,
        coalesce(margins.above_80, 1.6) as above_80,
        coalesce(margins.below_90, -2.06) as below_90,
        coalesce(margins.above_90, 2.06) as above_90,
        coalesce(margins.below_95, -2.46) as below_95,
        coalesce(margins.above_95, 2.46) as above_95,
        margins.percentiles
    from totals
    inner join {{ ref('int_projection__scales') }} as scales
        on
            totals.client_id = scales.client_id
            and totals.origin_date = scales.origin_date
            and totals.week_number = scales.week_number
    left join {{ ref('int_projection__margins') }} as margins
        on totals.origin_date = margins.origin_date and totals.week_number = margins.week_number
    left join {{ ref('int_projection__widening') }} as widening
        on totals.is_current and totals.client_id = widening.client_id
    left join missing
        on totals.is_current and totals.client_id = missing.client_id and totals.week_number = missing.week_number
)

select
    client_id,
    origin_date,
    is_current,
    week_number,
    week_start_date,
    currency_code,
    buffer_minor,
    inflow_minor,
    outflow_minor,
    closing_balance_minor,
    -- Errors that lay on one side so far still leave the forecast itself inside its band.
    cast(closing_balance_minor + round(least(below_80, 0) * scale_minor) as bigint) as low_80_minor,
    cast(closing_balance_minor + round(greatest(above_80, 0) * scale_minor) as bigint) as high_80_minor,
    cast(closing_balance_minor + round(least(below_90, 0) * scale_minor) as bigint) as low_90_minor,
    cast(closing_balance_minor + round(greatest(above_90, 0) * scale_minor) as bigint) as high_90_minor,
    cast(closing_balance_minor + round(least(below_95, 0) * scale_minor) as bigint) as low_95_minor,
    cast(closing_balance_minor + round(greatest(above_95, 0) * scale_minor) as bigint) as high_95_minor,
    scores_seen,
    {{ breach_chance('closing_balance_minor') }} as breach_probability,
    cast(with_missing_minor as bigint) as with_missing_minor,
    {{ breach_chance('with_missing_minor') }} as with_missing_breach_probability
from joined
