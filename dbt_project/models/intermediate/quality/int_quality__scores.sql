-- One row per client: the data-quality score, and readiness: may approvals go ahead on this data, and if not, what
-- would lift it most.
with today as (
    select *
    from {{ ref('int_quality__history') }}
    where score_date = {{ as_of_date() }}
),

overall as (
    select *
    from today
    where rail = 'all'
),

bank as (
    select
        client_id,
        status,
        freshness_hours,
        fresh_pct
    from {{ ref('int_quality__rail_health') }}
    where rail = 'plaid'
),

-- The rail that takes most from the whole, in dollars.
weakest as (
    select
        client_id,
        arg_max(rail, (lost_minor, rail)) as weakest_rail
    from (
        select
            client_id,
            rail,
            unproven_minor + uncategorized_minor + stale_minor as lost_minor
        from today
        where rail <> 'all'
    ) as lost
    where lost_minor > 0
    group by client_id
),

heaviest as (
    select
        points.client_id,
        items.title,
        points.points_hundredths
    from {{ ref('int_quality__points') }} as points
    inner join {{ ref('int_hygiene__decided') }} as items
        on points.client_id = items.client_id and points.hygiene_item_id = items.hygiene_item_id
    where points.rail = 'all'
    qualify row_number() over (
        partition by points.client_id order by points.points_hundredths desc, points.hygiene_item_id asc
    ) = 1
),

judged as (
    select
        overall.client_id,
        -- Rounded down: one hundred is said only of data that loses nothing.
        cast(overall.score_hundredths // 100 as integer) as quality_score,
        cast(overall.readiness_hundredths // 100 as integer) as readiness_score,
        overall.score_hundredths,
        overall.readiness_hundredths,
        overall.flow_minor,
        case
            when overall.stale_minor > greatest(overall.unproven_minor, overall.uncategorized_minor) then 'freshness'
            when overall.uncategorized_minor > overall.unproven_minor then 'categories'
            else 'proof of cash flow'
        end as weakest_component,
        weakest.weakest_rail,
        heaviest.title as heaviest_item,
        heaviest.points_hundredths as heaviest_hundredths,
        bank.status as bank_status,
        bank.freshness_hours as bank_freshness_hours,
        -- Past three days nobody knows what the account holds.
        bank.status = 'absent' or bank.freshness_hours is null or bank.freshness_hours > 72 as is_bank_unknown,
        coalesce(clients.readiness_minimum, 80) as readiness_minimum,
        coalesce(ties.difference_count, 0) = 0 as is_tied_out,
        case when ties.difference_count > 0 then ties.reason end as tie_out_reason
    from overall
    inner join bank
        on overall.client_id = bank.client_id
    inner join {{ ref('stg_control__clients') }} as clients
        on overall.client_id = clients.client_id
    left join {{ ref('int_tie_out__clients') }} as ties
        on overall.client_id = ties.client_id
    left join weakest
        on overall.client_id = weakest.client_id
    left join heaviest
        on overall.client_id = heaviest.client_id
)

select
    *,
    case
        when bank_status = 'absent' or bank_freshness_hours is null then 'unknown'
        -- Books that do not tie out are unproven, whatever share of them is.
        when readiness_score >= readiness_minimum and is_tied_out then 'ok'
        else 'needs_review'
    end as preflight,
    case
        when bank_status = 'absent' then 'No bank feed is connected.'
        when bank_freshness_hours is null then 'The bank feed has never loaded.'
        when heaviest_item is null then 'Nothing that was measured loses points.'
        else
            case
                when bank_freshness_hours >= 24
                    then 'The bank balance is ' || cast(floor(bank_freshness_hours) as integer) || ' hours old. '
                else ''
            end
            || case weakest_rail
                when 'qbo' then 'Most is lost in QuickBooks. '
                when 'plaid' then 'Most is lost at the bank. '
                when 'ramp' then 'Most is lost in Ramp. '
                when 'stripe' then 'Most is lost in Stripe. '
                else ''
            end
            || 'What would lift it most: '
            || heaviest_item
            || ' ('
            || printf('%.2f', heaviest_hundredths / 100.0)
            || ' points).'
            || coalesce(' It does not tie out: ' || tie_out_reason, '')
    end as readiness_reason
from judged
