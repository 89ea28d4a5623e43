-- One row per client, coming week and source line of the projection: the leaves that every weekly total
-- adds up from.
with clients as (
    select
        client_id,
        currency_code
    from {{ ref('int_cash__positions') }}
    where cash_account_count > 0
),

lines as (
    select
        client_id,
        week_number,
        flow,
        label,
        amount_minor,
        expected_date,
        basis,
        source_rail,
        source_id
    from {{ ref('int_projection__items') }}

    union all

    select
        client_id,
        week_number,
        case when bucket in ('bills', 'receivables', 'stripe_payouts') then bucket else 'other' end as flow,
        case bucket
            when 'bills' then 'Bills not received yet'
            when 'receivables' then 'Customer receipts not invoiced yet'
            when 'stripe_payouts' then 'Stripe payouts to come'
            when 'other_in' then 'Other money in'
            else 'Other money out'
        end as label,
        amount_minor,
        cast(null as date) as expected_date,
        'Usual week of the last 26, less what is already known' as basis,
        cast(null as varchar) as source_rail,
        'usual:' || bucket as source_id
    from {{ ref('int_projection__residuals') }}
)

select
    lines.client_id,
    lines.week_number,
    cast(date_trunc('week', {{ as_of_date() }}) as date) + (lines.week_number - 1) * 7 as week_start_date,
    lines.flow,
    lines.label,
    lines.amount_minor,
    clients.currency_code,
    lines.expected_date,
    lines.basis,
    lines.source_rail,
    lines.source_id
from lines
inner join clients
    on lines.client_id = clients.client_id
