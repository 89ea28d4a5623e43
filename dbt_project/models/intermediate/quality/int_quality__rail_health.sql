-- One row per client and rail: how far the newest good data can be trusted.
with clients as (
    select client_id
    from {{ ref('stg_control__clients') }}
),

rails as (
    select unnest(['qbo', 'ramp', 'plaid', 'stripe']) as rail
),

connections as (
    select
        *,
        count(*) over (partition by client_id, rail) as connection_count
    from {{ ref('int_quality__connection_health') }}
    -- A rail with several connections is as healthy as its worst one.
    qualify row_number() over (
        partition by client_id, rail
        order by
            case when last_success_at is null then 0 else 1 end,
            case when last_outcome = 'failed' then 0 else 1 end,
            last_success_at,
            connection_id
    ) = 1
),

records as (
    select
        client_id,
        'qbo' as rail,
        count(*) as record_count
    from {{ ref('stg_qbo__bills') }}
    group by client_id
    union all
    select
        client_id,
        'qbo',
        count(*)
    from {{ ref('stg_qbo__invoices') }}
    group by client_id
    union all
    select
        client_id,
        'ramp',
        count(*)
    from {{ ref('stg_ramp__bills') }}
    group by client_id
    union all
    select
        client_id,
        'ramp',
        count(*)
    from {{ ref('stg_ramp__transactions') }}
    group by client_id
    union all
    select
        client_id,
        'plaid',
        count(*)
    from {{ ref('int_bank__postings') }}
    group by client_id
    union all
    select
        client_id,
        'stripe',
        count(*)
    from {{ ref('stg_stripe__balance_transactions') }}
    group by client_id
),

record_counts as (
    select
        client_id,
        rail,
        cast(sum(record_count) as bigint) as record_count
    from records
    group by client_id, rail
)

select
    clients.client_id,
    rails.rail,
    connections.connection_id,
    connections.last_attempt_at,
    connections.last_success_at,
    connections.last_outcome,
    connections.reason_code,
    connections.reason,
    connections.freshness_hours,
    case
        when connections.connection_id is null then 'absent'
        when connections.last_outcome = 'failed' then 'failed'
        when connections.freshness_hours < 24 then 'fresh'
        when connections.freshness_hours < 48 then 'ageing'
        else 'stale'
    end as status,
    coalesce(record_counts.record_count, 0) as record_count,
    coalesce(
        (
            select max(steps.fresh_pct)
            from {{ ref('quality_freshness') }} as steps
            where connections.freshness_hours < steps.younger_than_hours
        ),
        0
    ) as fresh_pct
from clients
cross join rails
left join connections
    on clients.client_id = connections.client_id and rails.rail = connections.rail
left join record_counts
    on clients.client_id = record_counts.client_id and rails.rail = record_counts.rail
