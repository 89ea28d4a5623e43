-- One row per connection and run: how the sync went.
select
    run_id,
    client_id,
    rail,
    connection_id,
    started_at,
    finished_at,
    outcome,
    reason_code,
    reason,
    rows_read,
    rows_changed,
    requests_made,
    as_of_at
from {{ source('raw_ops', 'connection_syncs') }}
