-- One row per advisor: what this build is and as of when it speaks. The only place of as_of_date and
-- as_of_at.
select
    advisors.advisor_id,
    advisors.advisor_name,
    {{ as_of_date() }} as as_of_date,
    {{ as_of_at() }} as as_of_at,
    cast('{{ run_started_at }}' as timestamptz) as built_at,
    count(clients.client_id) as client_count
from {{ ref('stg_control__advisors') }} as advisors
left join {{ ref('dim_clients') }} as clients
    on advisors.advisor_id = clients.advisor_id
group by advisors.advisor_id, advisors.advisor_name
