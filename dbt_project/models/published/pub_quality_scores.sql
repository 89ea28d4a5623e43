-- One row per client and component of the data-quality score, and one for the whole.
with overall as (
    select
        history.*,
        scores.readiness_reason
    from {{ ref('int_quality__history') }} as history
    inner join {{ ref('int_quality__scores') }} as scores
        on history.client_id = scores.client_id
    where history.rail = 'all' and history.score_date = {{ as_of_date() }}
),

lost as (
    select
        points.client_id,
        kinds.cause,
        sum(points.points_hundredths) as points_hundredths
    from {{ ref('int_quality__points') }} as points
    inner join {{ ref('int_hygiene__decided') }} as items
        on points.client_id = items.client_id and points.hygiene_item_id = items.hygiene_item_id
    inner join {{ ref('hygiene_kinds') }} as kinds
        on items.kind = kinds.kind
    where points.rail = 'all'
    group by points.client_id, kinds.cause
),

causes (component, lost_words) as (
    values
    ('proven', 'is not confirmed by another record'),
    ('categorized', 'stands on a catch-all account'),
    ('fresh', 'comes from a rail with old data')
),

components as (
    select
        overall.client_id,
        causes.component,
        coalesce(lost.points_hundredths, 0) as lost_hundredths,
        overall.flow_minor,
        case causes.component
            when 'proven' then overall.unproven_minor
            when 'categorized' then overall.uncategorized_minor
            else overall.stale_minor
        end as lost_minor,
        clients.currency_code,
        causes.lost_words
    from overall
    cross join causes
    inner join {{ ref('dim_clients') }} as clients
        on overall.client_id = clients.client_id
    left join lost
        on overall.client_id = lost.client_id and causes.component = lost.cause
),

unioned as (
    select
        client_id,
        component,
        lost_hundredths,
        flow_minor,
        lost_minor,
        case
            when flow_minor = 0 then 'No cash flow of the last {{ var("quality_days") }} days to measure.'
            when lost_minor = 0
                then 'Nothing of ' || {{ money_text('flow_minor', 'currency_code') }} || ' is lost here.'
            else
                {{ money_text('lost_minor', 'currency_code') }} || ' of '
                || {{ money_text('flow_minor', 'currency_code') }} || ' ' || lost_words || '.'
        end as explanation
    from components

    union all

    select
        client_id,
        'overall' as component,
        10000 - score_hundredths as lost_hundredths,
        flow_minor,
        unproven_minor + uncategorized_minor + stale_minor as lost_minor,
        readiness_reason as explanation
    from overall
)

select
    clients.advisor_id,
    unioned.client_id,
    unioned.component,
    cast((10000 - unioned.lost_hundredths) // 100 as integer) as score,
    cast(unioned.lost_hundredths / 100.0 as double) as lost_points,
    cast(unioned.flow_minor as bigint) as measured_minor,
    cast(unioned.lost_minor as bigint) as failing_minor,
    clients.currency_code,
    unioned.explanation
from unioned
inner join {{ ref('dim_clients') }} as clients
    on unioned.client_id = clients.client_id
