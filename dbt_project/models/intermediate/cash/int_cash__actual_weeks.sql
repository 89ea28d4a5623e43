-- One row per client and past week (the last 26 whole weeks, Monday to Sunday): what really moved in the
-- bank.
-- Own transfers count by their net, so that moving cash between two accounts makes neither money in nor
-- money out.
with clients as (
    select client_id
    from {{ ref('int_cash__positions') }}
    where cash_account_count > 0
),

weeks as (
    select
        cast(week_number as integer) as week_number,
        cast(date_trunc('week', {{ as_of_date() }}) as date)
        + cast(week_number * 7 as integer) as week_start_date
    from generate_series(-26, -1) as series (week_number)
),

flows as (
    select
        client_id,
        week_start_date,
        sum(case when bucket <> 'own_transfer' then greatest(amount_minor, 0) else 0 end) as inflow_minor,
        sum(case when bucket <> 'own_transfer' then least(amount_minor, 0) else 0 end) as outflow_minor,
        sum(case when bucket = 'own_transfer' then amount_minor else 0 end) as own_transfer_minor
    from {{ ref('int_cash__flows') }}
    group by client_id, week_start_date
),

firsts as (
    select
        client_id,
        min(posted_date) as first_posted_date
    from {{ ref('int_cash__flows') }}
    group by client_id
)

select
    clients.client_id,
    weeks.week_number,
    weeks.week_start_date,
    cast(coalesce(flows.inflow_minor, 0) + greatest(coalesce(flows.own_transfer_minor, 0), 0) as bigint)
        as inflow_minor,
    cast(coalesce(flows.outflow_minor, 0) + least(coalesce(flows.own_transfer_minor, 0), 0) as bigint)
        as outflow_minor
from clients
inner join firsts
    on clients.client_id = firsts.client_id
cross join weeks
left join flows
    on clients.client_id = flows.client_id and weeks.week_start_date = flows.week_start_date
-- A week before the bank's first line is not a week without money, it is a week nobody saw.
where weeks.week_start_date + 6 >= firsts.first_posted_date
