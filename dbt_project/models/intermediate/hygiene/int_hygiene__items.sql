-- One row per hygiene item with the points its repair gives back, ranked by the uncertainty about the runway that a
-- minute of work removes: its amount, times how likely it is truly wrong, times the share of it that reaches the cash
-- of the next 13 weeks, over the minutes of its kind.
with kinds as (
    select * from {{ ref('hygiene_kinds') }}
),

-- What a day without the rail hides: the rail's cash flow of a usual day.
usual_days as (
    select
        client_id,
        rail,
        -- One that never loaded hides what the others move.
        coalesce(
            nullif(flow_minor, 0), max(case when rail = 'all' then flow_minor end) over (partition by client_id)
        ) // {{ var('quality_days') }} as day_minor
    from {{ ref('int_quality__measured') }}
),

health as (
    select
        client_id,
        rail,
        freshness_hours
    from {{ ref('int_quality__rail_health') }}
),

burn as (
    select
        client_id,
        average_daily_net_burn_minor
    from {{ ref('int_cash__burn') }}
),

joined as (
    select
        items.*,
        kinds.cause,
        kinds.minutes,
        kinds.owner_role,
        coalesce(items.wrong_probability, kinds.wrong_probability) as probability,
        kinds.runway_effect,
        coalesce(seen.first_seen_date, {{ as_of_date() }}) as first_seen_date,
        coalesce(points.points_hundredths, 0) as points_hundredths,
        burn.average_daily_net_burn_minor,
        coalesce(
            items.amount_minor,
            -- A rail that never loaded hides as much as the whole measured span would show.
            cast(
                coalesce(usual_days.day_minor, 0)
                * least(coalesce(health.freshness_hours / 24.0, {{ var('quality_days') }}), {{ var('quality_days') }})
                as bigint
            )
        ) as stake_minor
    from {{ ref('int_hygiene__decided') }} as items
    inner join kinds
        on items.kind = kinds.kind
    left join {{ ref('int_hygiene__seen') }} as seen
        on items.client_id = seen.client_id and items.hygiene_item_id = seen.hygiene_item_id
    left join {{ ref('int_quality__points') }} as points
        on
            items.client_id = points.client_id
            and items.hygiene_item_id = points.hygiene_item_id
            and points.rail = 'all'
    left join usual_days
        on items.client_id = usual_days.client_id and items.rail = usual_days.rail
    left join health
        on items.client_id = health.client_id and items.rail = health.rail
    left join burn
        on items.client_id = burn.client_id
),

weighed as (
    select
        * exclude (wrong_probability),
        probability as wrong_probability,
        cast(round(stake_minor * probability * runway_effect) as bigint) as uncertainty_minor
    from joined
)

select
    *,
    points_hundredths / 100.0 as score_points,
    -- In days of the client's own burn, so that clients of different size can be compared.
    case
        when average_daily_net_burn_minor > 0 then round(uncertainty_minor / average_daily_net_burn_minor, 2)
    end as runway_days_uncertain,
    date_diff('day', first_seen_date, {{ as_of_date() }}) as age_days,
    'Removes about '
    || {{ money_text('uncertainty_minor', 'currency_code') }}
    || ' of uncertainty in about '
    || case
        when minutes < 1 then 'half a minute'
        when minutes = 1 then '1 minute'
        else cast(cast(round(minutes) as integer) as varchar) || ' minutes'
    end
    || '.' as rank_reason,
    cast(
        row_number() over (
            partition by client_id
            order by
                case when is_open then 0 else 1 end,
                uncertainty_minor / minutes desc,
                points_hundredths desc,
                hygiene_item_id asc
        ) as integer
    ) as rank
from weighed
