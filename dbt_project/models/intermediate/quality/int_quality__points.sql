-- One row per client, rail (and all rails together) and hygiene item that loses points today.
-- The points of a client's items add up to one hundred less the score, to the hundredth: dollars are shared out by
-- largest remainder, what vanished records hold back is shared among them.
with today as (
    select *
    from {{ ref('int_quality__history') }}
    where score_date = {{ as_of_date() }} and score_hundredths is not null
),

items as (
    select
        client_id,
        hygiene_item_id,
        kind,
        rail,
        coalesce(amount_minor, 0) as amount_minor
    from {{ ref('int_hygiene__decided') }}
    where is_failing
),

weights as (
    select
        client_id,
        rail,
        hygiene_item_id,
        'lost' as pot,
        sum(lost_minor) as weight
    from {{ ref('int_quality__losses') }}
    group by client_id, rail, hygiene_item_id

    union all

    select
        client_id,
        'all' as rail,
        hygiene_item_id,
        'lost' as pot,
        sum(lost_minor) as weight
    from {{ ref('int_quality__losses') }}
    group by client_id, hygiene_item_id

    union all

    -- Nothing to measure: the rails that should show something bear it.
    select
        today.client_id,
        today.rail,
        items.hygiene_item_id,
        'lost' as pot,
        1 as weight
    from today
    inner join items
        on today.client_id = items.client_id and today.rail in ('all', items.rail)
    where today.flow_minor = 0 and items.kind in ('stale_rail', 'failed_rail', 'absent_rail')

    union all

    select
        today.client_id,
        today.rail,
        items.hygiene_item_id,
        'held' as pot,
        1 + items.amount_minor as weight
    from today
    inner join items
        on today.client_id = items.client_id
    where today.held_hundredths > 0 and items.kind = 'removed_record'
),

shares as (
    select
        weights.client_id,
        weights.rail,
        weights.hygiene_item_id,
        weights.pot,
        case weights.pot
            when 'lost' then 10000 - today.score_hundredths - today.held_hundredths
            else today.held_hundredths
        end as pot_hundredths,
        cast(weights.weight as hugeint) as weight,
        sum(cast(weights.weight as hugeint)) over (
            partition by weights.client_id, weights.rail, weights.pot
        ) as pot_weight
    from weights
    inner join today
        on weights.client_id = today.client_id and weights.rail = today.rail
),

divided as (
    select
        *,
        pot_hundredths * weight // pot_weight as whole,
        pot_hundredths - sum(pot_hundredths * weight // pot_weight) over (
            partition by client_id, rail, pot
        ) as left_over,
        row_number() over (
            partition by client_id, rail, pot
            order by pot_hundredths * weight % pot_weight desc, hygiene_item_id asc
        ) as place
    from shares
)

select
    client_id,
    rail,
    hygiene_item_id,
    cast(sum(whole + case when place <= left_over then 1 else 0 end) as integer) as points_hundredths
from divided
group by client_id, rail, hygiene_item_id
