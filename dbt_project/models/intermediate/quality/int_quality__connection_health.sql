-- One row per connection that was ever tried: its newest attempt, its newest success and the age of its data.
with syncs as (
    select
        client_id,
        rail,
        connection_id,
        outcome,
        reason_code,
        reason,
        -- The run's as-of instant says how new the data is; the finishing instant only how long the run took.
        coalesce(as_of_at, finished_at) as attempt_at,
        finished_at,
        run_id as attempt_id
    from {{ ref('stg_ops__connection_syncs') }}
    where cast(coalesce(as_of_at, finished_at) as date) <= {{ as_of_date() }}
    union all
    select
        client_id,
        rail,
        connection_id,
        outcome,
        reason_code,
        reason,
        attempt_at,
        attempt_at as finished_at,
        file_id as attempt_id
    from {{ ref('int_bank__statement_syncs') }}
),

newest as (
    select
        client_id,
        rail,
        connection_id,
        max(attempt_at) as last_attempt_at,
        max(case when outcome = 'ok' then attempt_at end) as last_success_at,
        -- Two attempts may share an as-of instant: the later one to finish speaks, of equals always the same.
        arg_max(outcome, (attempt_at, finished_at, attempt_id)) as last_outcome,
        -- arg_max passes over nulls, so an absent reason is written as an empty text first.
        nullif(arg_max(coalesce(reason_code, ''), (attempt_at, finished_at, attempt_id)), '') as reason_code,
        nullif(arg_max(coalesce(reason, ''), (attempt_at, finished_at, attempt_id)), '') as reason
    from syncs
    group by client_id, rail, connection_id
)

select
    client_id,
    rail,
    connection_id,
    last_attempt_at,
    last_success_at,
    last_outcome,
    case when last_outcome = 'failed' then reason_code end as reason_code,
    case when last_outcome = 'failed' then reason end as reason,
    greatest(0, date_diff('minute', last_success_at, {{ as_of_at() }})) / 60.0 as freshness_hours
from newest
