-- One row per coming occurrence of an origin's recurring series, on the day a bank would settle it.
-- Twice a month and monthly are days of the month, whatever the length of the month; a weekend moves wages forward in
-- time and most other debits back.
with series as (
    select * from {{ ref('int_projection__recurring') }}
),

steps as (
    select cast(step as integer) as step
    from generate_series(1, 18) as numbers (step)
),

-- The last line as the rhythm means it: a holiday may have moved it off its weekday.
anchored as (
    select
        *,
        last_date + cast((weekday_meant - isodow(last_date) + 10) % 7 - 3 as integer) as anchor_date,
        cast(date_trunc('month', last_date) as date) as month_date
    from series
),

by_step as (
    select
        anchored.*,
        anchored.anchor_date + steps.step * case anchored.cadence when 'weekly' then 7 else 14 end as meant_date
    from anchored
    cross join steps
    where anchored.cadence in ('weekly', 'every two weeks')
),

by_month as (
    select
        anchored.*,
        cast(anchored.month_date + to_months(cast(steps.step - 1 as integer)) as date) as in_month
    from anchored
    cross join steps
    where
        anchored.cadence not in ('weekly', 'every two weeks')
        and steps.step <= 9
        and case anchored.cadence
            when 'quarterly' then (steps.step - 1) % 3 = 0
            when 'quarterly tax'
                then month(anchored.month_date + to_months(cast(steps.step - 1 as integer))) in (1, 4, 6, 9)
            else true
        end
),

days_of_month as (
    select
        by_month.* exclude (in_month),
        case
            when by_month.day_meant > 27 and by_month.is_late_in_month
                then last_day(by_month.in_month) - by_month.days_left_meant
            else least(by_month.in_month + by_month.day_meant - 1, last_day(by_month.in_month))
        end as meant_date
    from by_month
    where by_month.day_meant is not null

    union all

    -- The other half of twice a month.
    select
        by_month.* exclude (in_month),
        case
            when by_month.is_late_in_month then last_day(by_month.in_month) - by_month.days_left_meant
            else by_month.in_month + by_month.early_day_meant - 1
        end as meant_date
    from by_month
    where by_month.cadence = 'twice a month' and by_month.days_left_meant is not null
),

meant as (
    select * exclude (anchor_date, month_date) from by_step
    union all
    select * exclude (anchor_date, month_date) from days_of_month
),

ordered as (
    select
        *,
        row_number() over (partition by client_id, origin_date, series_key, is_inflow order by meant_date) as step
    from meant
    -- The day that the last line stood for is past, however far a weekend moved it.
    where
        meant_date > last_date + cast(floor(least(step_days, 31) * 0.4) as integer)
        and meant_date <= origin_date + 98
)

select
    ordered.client_id,
    ordered.origin_date,
    ordered.series_key,
    ordered.is_inflow,
    cast(ordered.step as integer) as step,
    ordered.driver,
    ordered.counterparty_id,
    ordered.flow,
    ordered.cadence,
    ordered.occurrences,
    ordered.usual_amount_minor as amount_minor,
    case
        when ordered.moves_back and ordered.meant_date > ordered.origin_date
            then greatest(bank_days.settle_date_before, ordered.origin_date)
        else bank_days.settle_date
    end as expected_date
from ordered
-- One that should have come already is expected on the next bank day; only the first step can be late.
inner join {{ ref('int_cash__bank_days') }} as bank_days
    on greatest(ordered.meant_date, ordered.origin_date) = bank_days.calendar_date
where ordered.meant_date > ordered.origin_date or ordered.step = 1
