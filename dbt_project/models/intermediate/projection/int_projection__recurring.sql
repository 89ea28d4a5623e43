-- One row per origin and series of bank lines that was alive then: payroll, rent, loan, tax, subscriptions.
with origins as (
    select
        client_id,
        origin_date
    from {{ ref('int_projection__origins') }}
)

select
    origins.origin_date,
    rhythms.* exclude (next_date)
from {{ ref('int_projection__rhythms') }} as rhythms
inner join origins
    on
        rhythms.client_id = origins.client_id
        and rhythms.last_date <= origins.origin_date
        and (rhythms.next_date is null or rhythms.next_date > origins.origin_date)
where
    -- Still alive: the next one is not late by more than half a step.
    date_diff('day', rhythms.last_date, origins.origin_date)
    <= case when rhythms.cadence = 'quarterly tax' then 130 else rhythms.step_days * 1.5 end
