-- One row per hygiene item with the newest live decision of a person on it.
with decisions as (
    select
        client_id,
        hygiene_item_id,
        action,
        reason
    from {{ ref('stg_control__hygiene_decisions') }}
    -- A snoozed item comes back on its day.
    where until_date is null or until_date > {{ as_of_date() }}
    qualify row_number() over (partition by client_id, hygiene_item_id order by decided_at desc) = 1
)

select
    candidates.*,
    decisions.action as decision,
    decisions.reason as decision_reason,
    coalesce(decisions.action, '') not in ('dismissed', 'confirmed') as is_open,
    -- Confirming that a bill is missing or doubled does not mend the books, and no word of a person makes data young;
    -- a person's word on any other item does mend it.
    case
        when not candidates.counts_in_score then false
        when candidates.kind in ('stale_rail', 'failed_rail', 'absent_rail') then true
        when decisions.action = 'dismissed' then false
        when decisions.action = 'confirmed'
            then candidates.kind in ('missing_bill', 'duplicate_bill', 'duplicate_payment', 'tie_out')
        else true
    end as is_failing
from {{ ref('int_hygiene__candidates') }} as candidates
left join decisions
    on candidates.client_id = decisions.client_id and candidates.hygiene_item_id = decisions.hygiene_item_id
