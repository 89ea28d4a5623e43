-- One row per series of bank lines that comes at a regular step and is still alive: payroll, rent, loan,
-- tax, subscriptions.
-- Lines that paid a bill or an invoice are left out: those come back as documents.
with flows as (
    select
        client_id,
        series_key,
        posted_date,
        cast(sum(amount_minor) as bigint) as amount_minor,
        min(driver) as driver,
        min(counterparty_id) as counterparty_id,
        min(bucket) as bucket,
        sum(amount_minor) > 0 as is_inflow
    from {{ ref('int_cash__flows') }}
    where bucket in ('payroll', 'other_out', 'other_in')
    group by client_id, series_key, posted_date, bucket = 'other_in'
),

stepped as (
    select
        *,
        date_diff(
            'day',
            lag(posted_date) over (partition by client_id, series_key, is_inflow order by posted_date),
            posted_date
        ) as days_since_last
    from flows
    -- The last thirteen lines carry the present rhythm; older ones may be another contract.
    qualify row_number() over (partition by client_id, series_key, is_inflow order by posted_date desc) <= 13
),

measured as (
    select
        client_id,
        series_key,
        is_inflow,
        min(driver) as driver,
        min(counterparty_id) as counterparty_id,
        min(bucket) as bucket,
        count(*) as occurrences,
        max(posted_date) as last_date,
        max_by(posted_date, posted_date, 2)[2] as previous_date,
        median(days_since_last) as step_days,
        mad(days_since_last) as step_spread_days,
        max(days_since_last) as longest_step_days,
        cast(round(median(amount_minor)) as bigint) as usual_amount_minor,
        mad(amount_minor) as amount_spread_minor
    from stepped
    group by client_id, series_key, is_inflow
    having count(*) >= 3
),

paced as (
    select
        *,
        case
            when step_days between 6 and 8 and step_spread_days <= 1 then 'weekly'
            when step_days between 13.5 and 14.4 and step_spread_days <= 1 then 'every two weeks'
            when step_days between 13 and 17 and step_spread_days <= 2.5 then 'twice a month'
            when step_days between 27 and 34 and step_spread_days <= 4 then 'monthly'
            when step_days between 84 and 98 and step_spread_days <= 8 then 'quarterly'
        end as cadence
    from measured
)

select
    client_id,
    series_key,
    driver,
    counterparty_id,
    case when bucket = 'payroll' then 'payroll' else 'recurring' end as flow,
    cadence,
    occurrences,
    last_date,
    previous_date,
    usual_amount_minor,
    cast(round(step_days) as integer) as step_days
from paced
where
    cadence is not null
    -- Still alive: the next one is not late by more than half a step.
    and date_diff('day', last_date, {{ as_of_date() }}) <= step_days * 1.5
    -- Wages and statements vary; other lines with amounts all over the place are habits, not commitments.
    and amount_spread_minor <= abs(usual_amount_minor)
    * case
        when is_inflow then 0.1 when
            bucket = 'payroll' or driver in ('Taxes', 'Card statement')
            then 0.5
        else 0.25
    end
