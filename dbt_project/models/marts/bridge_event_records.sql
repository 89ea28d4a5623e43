-- One row per rail record with the economic event that it is one sight of.
select
    clients.advisor_id,
    events.client_id,
    events.event_id,
    events.rail,
    events.object_type,
    events.record_id
from {{ ref('int_identity__events') }} as events
inner join {{ ref('dim_clients') }} as clients
    on events.client_id = clients.client_id
