-- One row per client: average daily net burn over the last 91 days of posted lines, and the runway it leaves.
-- Left out: own transfers and owners' money. Positive means that cash is going down.
with positions as (
    select * from {{ ref('int_cash__positions') }}
),

flows as (
    select
        client_id,
        sum(
            case
                when
                    not is_outside_burn and posted_date > {{ as_of_date() }} - interval 91 day
                    then amount_minor
                else 0
            end
        ) as net_minor,
        -- A bank feed younger than 91 days is averaged over the days that it covers.
        least(91, date_diff('day', min(posted_date), {{ as_of_date() }}) + 1) as days_covered
    from {{ ref('int_cash__flows') }}
    group by client_id
),

burn as (
    select
        positions.client_id,
        positions.spendable_minor,
        coalesce(flows.days_covered, 0) as days_covered,
        -- Two weeks hold one payroll of most clients; less than that is no average.
        case
            when flows.days_covered >= 14 then cast(round(-flows.net_minor / flows.days_covered) as bigint)
        end as average_daily_net_burn_minor
    from positions
    left join flows
        on positions.client_id = flows.client_id
)

select
    client_id,
    days_covered,
    average_daily_net_burn_minor,
    {{ runway_days('spendable_minor', 'average_daily_net_burn_minor') }} as runway_days
from burn
