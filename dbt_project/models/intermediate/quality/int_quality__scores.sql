-- One row per client: the data-quality score, and readiness: may approvals go ahead on this data.
with overall as (
    select
        client_id,
        cast(round(sum(weight * score) / sum(weight)) as integer) as quality_score,
        cast(sum(measured) as bigint) as measured,
        cast(sum(failing) as bigint) as failing,
        arg_max(component, weight * (100 - score)) as weakest_component
    from {{ ref('int_quality__components') }}
    group by client_id
),

bank as (
    select
        client_id,
        status,
        freshness_hours,
        -- Old balances make good books useless for paying: each day without the bank takes its share.
        case
            when status = 'absent' or freshness_hours is null then 0.0
            when freshness_hours < 24 then 1.0
            when freshness_hours < 48 then 0.9
            when freshness_hours <= 72 then 0.7
            else 0.4
        end as bank_factor
    from {{ ref('int_quality__rail_health') }}
    where rail = 'plaid'
)

select
    overall.client_id,
    overall.quality_score,
    overall.measured,
    overall.failing,
    overall.weakest_component,
    bank.status as bank_status,
    bank.freshness_hours as bank_freshness_hours,
    -- Past three days nobody knows what the account holds.
    bank.status = 'absent' or bank.freshness_hours is null or bank.freshness_hours > 72 as is_bank_unknown,
    cast(round(overall.quality_score * bank.bank_factor) as integer) as readiness_score,
    case
        when bank.bank_factor = 0 then 'unknown'
        when
            round(overall.quality_score * bank.bank_factor) >= coalesce(clients.readiness_minimum, 80)
            then 'ok'
        else 'needs_review'
    end as preflight
from overall
inner join bank
    on overall.client_id = bank.client_id
inner join {{ ref('stg_control__clients') }} as clients
    on overall.client_id = clients.client_id
