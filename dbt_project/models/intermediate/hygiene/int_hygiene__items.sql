-- One row per hygiene item, ranked by what is worth doing first, with the points its repair gives back.
with items as (
    select
        *,
        case kind
            when 'missing_bill' then 'missing_bills'
            when 'unmatched_posting' then 'reconciliation'
            when 'duplicate_bill' then 'duplicates'
            when 'uncategorized' then 'categorization'
            when 'stale_rail' then 'freshness'
            when 'failed_rail' then 'freshness'
        end as component
    from {{ ref('int_hygiene__decided') }}
),

components as (
    select * from {{ ref('int_quality__components') }}
),

scored as (
    select
        items.*,
        case
            when not items.is_failing or components.measured is null or components.measured = 0 then 0.0
            -- Repairing one item lifts the component by its share of what was measured, and never past one
            -- hundred.
            else round(
                components.weight * least(
                    100.0 - components.score, 100.0 / components.measured / components.zero_at_pct * 100.0
                ), 2
            )
        end as score_points
    from items
    left join components
        on items.client_id = components.client_id and items.component = components.component
)

select
    *,
    cast(
        row_number() over (
            partition by client_id
            order by
                case when is_open then 0 else 1 end,
                case severity when 'high' then 0 when 'medium' then 1 else 2 end,
                score_points desc,
                amount_minor desc nulls last,
                hygiene_item_id asc
        ) as integer
    ) as rank
from scored
