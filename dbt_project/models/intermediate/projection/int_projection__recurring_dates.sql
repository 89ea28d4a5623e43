-- One row per coming occurrence of a recurring series inside the horizon, on the day a bank would settle it.
with series as (
    select * from {{ ref('int_projection__recurring') }}
),

steps as (
    select cast(step as integer) as step
    from generate_series(1, 20) as numbers (step)
),

dated as (
    select
        series.*,
        steps.step,
        cast(
            case series.cadence
                when 'weekly' then series.last_date + to_days(7 * steps.step)
                when 'every two weeks' then series.last_date + to_days(14 * steps.step)
                when 'monthly' then series.last_date + to_months(steps.step)
                when 'quarterly' then series.last_date + to_months(3 * steps.step)
                -- Twice a month has two days of the month: the last two repeat in turn.
                when 'twice a month'
                    then
                        case
                            when
                                steps.step % 2 = 1
                                then series.previous_date + to_months((steps.step + 1) // 2)
                            else series.last_date + to_months(steps.step // 2)
                        end
            end as date
        ) as due_date
    from series
    cross join steps
)

select
    dated.client_id,
    dated.series_key,
    dated.step,
    dated.driver,
    dated.counterparty_id,
    dated.flow,
    dated.cadence,
    dated.occurrences,
    dated.usual_amount_minor as amount_minor,
    bank_days.settle_date as expected_date
from dated
-- One that should have come already is expected on the next bank day; only the first step can be late.
inner join {{ ref('int_cash__bank_days') }} as bank_days
    on greatest(dated.due_date, {{ as_of_date() }}) = bank_days.calendar_date
where
    (dated.due_date >= {{ as_of_date() }} or dated.step = 1)
    and dated.due_date < {{ as_of_date() }} + interval 98 day
