-- One row per firm.
select
    advisor_id,
    advisor_name
from {{ source('raw_control', 'advisors') }}
