-- One row per bank or card account of a client, with its balance and the Ramp account that is the same one.
select
    clients.advisor_id,
    accounts.*
from {{ ref('int_cash__accounts') }} as accounts
inner join {{ ref('dim_clients') }} as clients
    on accounts.client_id = clients.client_id
