-- One row per ruling of a person about identity that is in force as of the build.
-- A ruling without a client is the whole firm's. What was decided or revoked later than the build is not known to it.
select
    ruling_id,
    advisor_id,
    client_id,
    subject,
    verb,
    left_key,
    right_key,
    effective_date,
    decided_at,
    decided_by,
    decided_by_name,
    reason
from {{ source('raw_control', 'rulings') }}
where
    effective_date <= {{ as_of_date() }}
    and decided_at <= {{ as_of_at() }}
    and (revoked_at is null or revoked_at > {{ as_of_at() }})
