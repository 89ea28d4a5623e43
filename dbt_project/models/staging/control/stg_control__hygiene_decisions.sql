-- One row per live decision of a person on a hygiene item.
select
    advisor_id,
    client_id,
    hygiene_item_id,
    action,
    reason,
    decided_by,
    decided_at,
    until_date
from {{ source('raw_control', 'hygiene_decisions') }}
