-- One row per series of bank lines and day of one more line of it: the rhythm that its last thirteen lines show.
-- Payroll, rent, loan, tax, subscriptions. Lines that paid a document are left out: those come back as documents.
with flows as (
    select
        client_id,
        series_key,
        posted_date,
        bucket = 'other_in' as is_inflow,
        cast(sum(amount_minor) as bigint) as amount_minor,
        min(driver) as driver,
        min(counterparty_id) as counterparty_id,
        bool_or(is_payroll) as is_payroll
    from {{ ref('int_projection__flows') }}
    where bucket in ('other_out', 'other_in')
    group by client_id, series_key, posted_date, bucket = 'other_in'
),

-- The last thirteen lines carry the present rhythm; older ones may be another contract.
rolled as (
    select
        *,
        list(posted_date) over latest as dates,
        list(amount_minor) over latest as amounts,
        lead(posted_date) over (partition by client_id, series_key, is_inflow order by posted_date) as next_date
    from flows
    window latest as (
        partition by client_id, series_key, is_inflow order by posted_date rows between 12 preceding and current row
    )
),

stepped as (
    select
        *,
        list_transform(
            range(1, len(dates)), lambda place: date_diff('day', dates[place], dates[place + 1])
        ) as steps,
        -- The dates on which the United States want estimated tax: mid January, April, June and September.
        driver = 'Taxes'
        and len(list_filter(dates, lambda day: not (month(day) in (1, 4, 6, 9) and day(day) between 13 and 20))) = 0
            as is_estimated_tax
    from rolled
    where len(dates) >= 2
),

measured as (
    select
        *,
        cast(len(dates) as integer) as occurrences,
        list_median(steps) as step_days,
        list_aggregate(steps, 'mad') as step_spread_days,
        cast(round(list_median(amounts)) as bigint) as median_minor,
        list_aggregate(amounts, 'mad') as amount_spread_minor
    from stepped
),

paced as (
    select
        *,
        case
            when is_estimated_tax and step_days between 50 and 130 then 'quarterly tax'
            when occurrences < 3 then null
            when step_days between 6 and 8 and step_spread_days <= 1 then 'weekly'
            when step_days between 13.5 and 14.4 and step_spread_days <= 1 then 'every two weeks'
            when step_days between 13 and 17 and step_spread_days <= 2.5 then 'twice a month'
            when step_days between 27 and 34 and step_spread_days <= 4 then 'monthly'
            when step_days between 84 and 98 and step_spread_days <= 8 then 'quarterly'
        end as cadence
    from measured
),

-- The day that is meant, before weekends and holidays move it: the one seen most often.
meant as (
    select
        *,
        list_aggregate(list_transform(dates, lambda one: isodow(one)), 'mode') as weekday_meant,
        list_aggregate(
            list_transform(
                list_filter(dates, lambda one: cadence <> 'twice a month' or day(one) between 8 and 22),
                lambda one: day(one)
            ),
            'mode'
        ) as day_meant,
        -- Late in the month a day is told by what is left of the month: the last day is the 28th to the 31st.
        list_aggregate(
            list_transform(
                list_filter(dates, lambda one: day(one) < 8 or day(one) > 22),
                lambda one: date_diff('day', one, last_day(one))
            ),
            'mode'
        ) as days_left_meant,
        list_aggregate(
            list_transform(list_filter(dates, lambda one: day(one) < 8), lambda one: day(one)), 'mode'
        ) as early_day_meant,
        len(list_filter(dates, lambda one: day(one) > 22)) * 2
        >= len(list_filter(dates, lambda one: day(one) < 8 or day(one) > 22)) as is_late_in_month
    from paced
    where
        cadence is not null
        -- Wages and statements vary; other lines with amounts all over the place are habits, not commitments.
        and amount_spread_minor <= abs(median_minor)
        * case
            when is_inflow then 0.1
            when is_payroll or driver in ('Taxes', 'Card statement') then 0.5
            else 0.25
        end
)

select
    client_id,
    series_key,
    is_inflow,
    driver,
    counterparty_id,
    case when is_payroll then 'payroll' else 'recurring' end as flow,
    cadence,
    occurrences,
    posted_date as last_date,
    next_date,
    cast(round(step_days) as integer) as step_days,
    -- A steady amount is what it was lately, one that varies is its mean: means add up right, medians do not.
    cast(
        round(
            case
                when amount_spread_minor <= 0.04 * abs(median_minor) then list_median(amounts[-5:])
                else list_avg(amounts)
            end
        ) as bigint
    ) as usual_amount_minor,
    cast(weekday_meant as integer) as weekday_meant,
    cast(day_meant as integer) as day_meant,
    cast(days_left_meant as integer) as days_left_meant,
    cast(early_day_meant as integer) as early_day_meant,
    coalesce(is_late_in_month, false) as is_late_in_month,
    -- Wages come before a weekend, most debits after it; what the dates show decides.
    case
        when cadence in ('weekly', 'every two weeks') then is_payroll
        when list_avg(list_transform(dates, lambda one: day(one))) = day_meant then is_payroll
        when cadence = 'twice a month'
            then coalesce(
                list_avg(
                    list_transform(
                        list_filter(dates, lambda one: day(one) between 8 and 22), lambda one: day(one)
                    )
                ) < day_meant,
                is_payroll
            )
        else list_avg(list_transform(dates, lambda one: day(one))) < day_meant
    end as moves_back
from meant
