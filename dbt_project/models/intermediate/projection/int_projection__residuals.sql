-- One row per client, origin, bucket and coming week: what the chosen way adds to the items that are known already.
select
    candidates.client_id,
    candidates.origin_date,
    candidates.bucket,
    candidates.week_number,
    candidates.method,
    cast(candidates.residual_minor as bigint) as amount_minor
from {{ ref('int_projection__candidates') }} as candidates
inner join {{ ref('int_projection__choices') }} as choices
    on
        candidates.client_id = choices.client_id
        and candidates.origin_date = choices.origin_date
        and candidates.bucket = choices.bucket
        and candidates.method = choices.method
where candidates.residual_minor <> 0
