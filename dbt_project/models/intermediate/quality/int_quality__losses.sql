-- One row per client, rail, hygiene item and cause: the dollars of cash flow that the item takes from the score.
with dollars as (
    select * from {{ ref('int_quality__dollars') }}
),

causes as (
    select
        client_id,
        rail,
        unproven_item_id as hygiene_item_id,
        'proven' as cause,
        unproven_minor as lost_minor
    from dollars
    union all
    select
        client_id,
        rail,
        uncategorized_item_id,
        'categorized',
        uncategorized_minor
    from dollars
    union all
    select
        client_id,
        rail,
        stale_item_id,
        'fresh',
        stale_minor
    from dollars
)

select
    client_id,
    rail,
    hygiene_item_id,
    cause,
    cast(sum(lost_minor) as bigint) as lost_minor
from causes
where lost_minor > 0
group by client_id, rail, hygiene_item_id, cause
