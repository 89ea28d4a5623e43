-- One row per client and week: 8 past weeks as they were, 13 coming weeks as they are expected.
select
    clients.advisor_id,
    weeks.*
from {{ ref('int_projection__weeks') }} as weeks
inner join {{ ref('dim_clients') }} as clients
    on weeks.client_id = clients.client_id
