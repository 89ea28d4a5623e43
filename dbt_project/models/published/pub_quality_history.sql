-- One row per client, rail (and all rails together) and day: the data-quality score as that day's build told it.
select
    clients.advisor_id,
    history.client_id,
    history.rail,
    history.score_date,
    cast(history.score_hundredths / 100.0 as double) as quality_points,
    cast(history.readiness_hundredths / 100.0 as double) as readiness_points,
    history.flow_minor,
    history.unproven_minor,
    history.uncategorized_minor,
    history.stale_minor,
    clients.currency_code
from {{ ref('int_quality__history') }} as history
inner join {{ ref('dim_clients') }} as clients
    on history.client_id = clients.client_id
where
    history.score_hundredths is not null
    and history.score_date <= {{ as_of_date() }}
    and history.score_date > {{ as_of_date() }} - interval 400 day
