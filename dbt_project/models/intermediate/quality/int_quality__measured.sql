-- One row per client and rail, and one for all of a client's rails: the cash flow of the measured span and the share
-- of it that is proven, categorized and fresh, in hundredths of a point.
with clients as (
    select client_id
    from {{ ref('stg_control__clients') }}
),

rails as (
    select unnest(['all', 'qbo', 'ramp', 'plaid', 'stripe']) as rail
),

dollars as (
    select
        *,
        unnest([rail, 'all']) as scored_rail
    from {{ ref('int_quality__dollars') }}
),

summed as (
    select
        client_id,
        scored_rail as rail,
        cast(sum(amount_minor) as bigint) as flow_minor,
        cast(sum(unproven_minor) as bigint) as unproven_minor,
        cast(sum(uncategorized_minor) as bigint) as uncategorized_minor,
        cast(sum(stale_minor) as bigint) as stale_minor,
        cast(sum(good_minor) as bigint) as good_minor,
        cast(sum(ready_minor) as bigint) as ready_minor
    from dollars
    group by client_id, scored_rail
),

-- A rail that is missed and shows nothing scores nothing; a rail that nobody has ever had has no score.
missed as (
    select distinct
        client_id,
        rail
    from {{ ref('int_hygiene__decided') }}
    where kind in ('failed_rail', 'absent_rail', 'stale_rail')
)

select
    clients.client_id,
    rails.rail,
    coalesce(summed.flow_minor, 0) as flow_minor,
    coalesce(summed.unproven_minor, 0) as unproven_minor,
    coalesce(summed.uncategorized_minor, 0) as uncategorized_minor,
    coalesce(summed.stale_minor, 0) as stale_minor,
    coalesce(summed.good_minor, 0) as good_minor,
    coalesce(summed.ready_minor, 0) as ready_minor,
    cast(
        case
            when summed.flow_minor > 0
                then
                    10000 * cast(summed.flow_minor - summed.unproven_minor - summed.uncategorized_minor as hugeint)
                    // summed.flow_minor
            when rails.rail = 'all' or missed.client_id is not null then 0
        end as integer
    ) as known_hundredths,
    cast(
        case
            when summed.flow_minor > 0 then 10000 * cast(summed.good_minor as hugeint) // summed.flow_minor
            when rails.rail = 'all' or missed.client_id is not null then 0
        end as integer
    ) as score_hundredths,
    cast(
        case
            when summed.flow_minor > 0 then 10000 * cast(summed.ready_minor as hugeint) // summed.flow_minor
            when rails.rail = 'all' or missed.client_id is not null then 0
        end as integer
    ) as readiness_hundredths
from clients
cross join rails
left join summed
    on clients.client_id = summed.client_id and rails.rail = summed.rail
left join missed
    on clients.client_id = missed.client_id and rails.rail = missed.rail
