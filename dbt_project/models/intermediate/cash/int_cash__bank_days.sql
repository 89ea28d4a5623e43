-- One row per day around the as-of date with the first day on which a bank settles at or after it.
with days as (
    select cast(day_at as date) as calendar_date
    from unnest(
        generate_series(
            cast({{ as_of_date() }} - interval '{{ var("flow_days") }}' day as timestamp),
            cast({{ as_of_date() }} + interval 220 day as timestamp),
            interval 1 day
        )
    ) as series (day_at)
),

marked as (
    select
        days.calendar_date,
        isodow(days.calendar_date) < 6 and holidays.holiday_date is null as is_bank_day
    from days
    left join {{ ref('bank_holidays') }} as holidays
        on days.calendar_date = holidays.holiday_date
)

select
    calendar_date,
    is_bank_day,
    -- Banking days between two days are the difference of their numbers.
    count(*) filter (where is_bank_day) over (order by calendar_date) as bank_day_number,
    -- The last days of the range have no bank day after them; they stand for themselves.
    coalesce(
        min(case when is_bank_day then calendar_date end) over (
            order by calendar_date rows between current row and unbounded following
        ),
        calendar_date
    ) as settle_date,
    coalesce(
        max(case when is_bank_day then calendar_date end) over (
            order by calendar_date rows between unbounded preceding and current row
        ),
        calendar_date
    ) as settle_date_before
from marked
