-- One row per client and component of the data-quality score: what was counted, what of it fails, and the
-- score.
with clients as (
    select client_id
    from {{ ref('stg_control__clients') }}
),

weights as (
    select * from {{ ref('quality_components') }}
),

documents as (
    select
        client_id,
        due_date is null or vendor_name is null or currency_code is null as is_failing
    from {{ ref('int_cash__bills') }}
    where is_open

    union all

    select
        client_id,
        due_date is null or customer_name is null or currency_code is null as is_failing
    from {{ ref('int_cash__invoices') }}
    where is_open

    union all

    select
        client_id,
        current_minor is null as is_failing
    from {{ ref('int_cash__accounts') }}
    where is_cash

    union all

    -- Without books or bank nothing can be proven, so a client counts those two as two more records.
    select
        client_id,
        status = 'absent' as is_failing
    from {{ ref('int_quality__rail_health') }}
    where rail in ('qbo', 'plaid')
),

counted as (
    select
        client_id,
        'completeness' as component,
        count(*) as measured,
        count(*) filter (where is_failing) as failing
    from documents
    group by client_id

    union all

    select
        client_id,
        'reconciliation',
        count(*),
        0
    from {{ ref('int_bank__postings') }}
    where
        not is_pending
        and posted_date > {{ as_of_date() }} - interval 90 day
        and posted_date <= {{ as_of_date() }}
    group by client_id

    union all

    select
        client_id,
        'freshness',
        count(*),
        0
    from {{ ref('int_quality__rail_health') }}
    where status <> 'absent'
    group by client_id

    union all

    select
        client_id,
        'duplicates',
        count(*),
        0
    from {{ ref('int_cash__bills') }}
    where is_open
    group by client_id

    union all

    select
        client_id,
        'categorization',
        count(*),
        0
    from {{ ref('int_hygiene__categorized_records') }}
    group by client_id

    union all

    -- Bills that are there and bills that should be: what is missing is counted as a bill that fails.
    select
        client_id,
        'missing_bills',
        count(*),
        0
    from {{ ref('int_cash__bills') }}
    where bill_date > {{ as_of_date() }} - interval 90 day and bill_date <= {{ as_of_date() }}
    group by client_id

    union all

    select
        client_id,
        'missing_bills',
        count(*),
        0
    from {{ ref('int_hygiene__decided') }}
    where kind = 'missing_bill'
    group by client_id

    union all

    select
        client_id,
        case kind
            when 'missing_bill' then 'missing_bills'
            when 'unmatched_posting' then 'reconciliation'
            when 'duplicate_bill' then 'duplicates'
            when 'uncategorized' then 'categorization'
            else 'freshness'
        end,
        0,
        count(*)
    from {{ ref('int_hygiene__decided') }}
    where is_failing and kind <> 'new_vendor'
    group by client_id, 2
),

summed as (
    select
        client_id,
        component,
        cast(sum(measured) as bigint) as measured,
        cast(least(sum(failing), sum(measured)) as bigint) as failing
    from counted
    group by client_id, component
)

select
    clients.client_id,
    weights.component,
    weights.weight,
    weights.zero_at_pct,
    coalesce(summed.measured, 0) as measured,
    coalesce(summed.failing, 0) as failing,
    cast(
        case
            when coalesce(summed.measured, 0) = 0 then weights.score_when_empty
            else round(100 * greatest(0, 1 - summed.failing * 100.0 / summed.measured / weights.zero_at_pct))
        end as integer
    ) as score
from clients
cross join weights
left join summed
    on clients.client_id = summed.client_id and weights.component = summed.component
