-- The four parts of a week's drift are its whole, and its lines are its sums: what is published adds up to the cent.
with lines as (
    select
        client_id,
        currency_code,
        week_start_date,
        sum(actual_minor) - sum(planned_minor) as drift_minor,
        sum(timing_minor + amount_part_minor + missing_minor + unplanned_minor) as parts_minor
    from {{ ref('pub_drift_lines') }}
    group by client_id, currency_code, week_start_date
)

select
    weeks.client_id,
    weeks.week_start_date,
    weeks.drift_minor
from {{ ref('pub_cash_drift') }} as weeks
full outer join lines
    on
        weeks.client_id = lines.client_id
        and weeks.currency_code = lines.currency_code
        and weeks.week_start_date = lines.week_start_date
where
    weeks.drift_minor is distinct from lines.drift_minor
    or weeks.drift_minor is distinct from lines.parts_minor
    or weeks.drift_minor is distinct from weeks.actual_minor - weeks.planned_minor
