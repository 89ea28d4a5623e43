-- One row per client and driver: money of the last whole week against its usual week. The three largest of
-- a client.
-- A driver seen in at least two of three of the 12 weeks before is held against their median. A rarer one,
-- rent for instance,
-- is held against its usual amount when it came, and against nothing when it did not.
with flows as (
    select
        client_id,
        driver,
        date_diff(
            'day', week_start_date, cast(date_trunc('week', {{ as_of_date() }}) as date)
        ) // 7 as weeks_ago,
        sum(amount_minor) as amount_minor
    from {{ ref('int_cash__flows') }}
    where not is_outside_burn
    group by client_id, driver, week_start_date
),

weeks_seen as (
    select
        client_id,
        least(count(*) filter (where week_number between -13 and -2), 12) as weeks_before
    from {{ ref('int_cash__actual_weeks') }}
    group by client_id
),

compared as (
    select
        client_id,
        driver,
        coalesce(sum(amount_minor) filter (where weeks_ago = 1), 0) as amount_minor,
        count(*) filter (where weeks_ago between 2 and 13) as weeks_with,
        list(amount_minor) filter (where weeks_ago between 2 and 13) as amounts
    from flows
    where weeks_ago between 1 and 13
    group by client_id, driver
),

usual as (
    select
        compared.client_id,
        compared.driver,
        cast(compared.amount_minor as bigint) as amount_minor,
        case
            when weeks_seen.weeks_before = 0 or compared.weeks_with = 0 then 0
            when compared.weeks_with * 3 >= weeks_seen.weeks_before * 2
                -- Weeks without the driver count as zero.
                then cast(
                    round(
                        list_median(
                            list_concat(
                                compared.amounts,
                                list_resize(
                                    cast([] as hugeint[]), weeks_seen.weeks_before - compared.weeks_with, 0
                                )
                            )
                        )
                    ) as bigint
                )
            when compared.amount_minor = 0 then 0
            else cast(round(list_median(compared.amounts)) as bigint)
        end as usual_minor
    from compared
    inner join weeks_seen
        on compared.client_id = weeks_seen.client_id
    where weeks_seen.weeks_before >= 4
),

outflows as (
    select
        client_id,
        median(-outflow_minor) as usual_outflow_minor
    from {{ ref('int_cash__actual_weeks') }}
    where week_number between -13 and -2
    group by client_id
)

select
    usual.client_id,
    cast(
        row_number() over (
            partition by usual.client_id
            order by abs(usual.amount_minor - usual.usual_minor) desc, usual.driver
        ) as integer
    ) as rank,
    usual.driver,
    case when usual.amount_minor >= usual.usual_minor then 'helps' else 'hurts' end as direction,
    usual.amount_minor,
    usual.usual_minor,
    positions.currency_code,
    case
        when outflows.usual_outflow_minor > 0
            then round(100.0 * abs(usual.amount_minor - usual.usual_minor) / outflows.usual_outflow_minor, 1)
    end as share_pct,
    usual.driver || ': '
    || case
        when usual.amount_minor = 0 then 'nothing'
        else
            {{ money_text('abs(usual.amount_minor)', 'positions.currency_code') }}
            || case when usual.amount_minor > 0 then ' came in' else ' went out' end
    end || ' last week, '
    || case
        when usual.usual_minor = 0 then 'usually nothing'
        else
            'usually ' || {{ money_text('abs(usual.usual_minor)', 'positions.currency_code') }}
            || case
                when usual.amount_minor * usual.usual_minor > 0 then ''
                when usual.usual_minor > 0 then ' comes in'
                else ' goes out'
            end
    end || '.' as explanation
from usual
inner join {{ ref('int_cash__positions') }} as positions
    on usual.client_id = positions.client_id
left join outflows
    on usual.client_id = outflows.client_id
-- Less than a hundred of the currency is noise on any client's week.
where abs(usual.amount_minor - usual.usual_minor) >= 10000
qualify row_number() over (
    partition by usual.client_id
    order by abs(usual.amount_minor - usual.usual_minor) desc, usual.driver
) <= 3
