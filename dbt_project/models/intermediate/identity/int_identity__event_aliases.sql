-- One row per id that an event has, had or could have had, with the event that it leads to now.
-- An event is named by one of its members, so every earlier name of it is the name of a member.
select distinct
    records.client_id,
    records.own_event_id as event_id_alias,
    events.event_id,
    records.own_event_id = events.event_id as is_current
from {{ ref('int_identity__records') }} as records
inner join {{ ref('int_identity__events') }} as events
    on
        records.client_id = events.client_id
        and records.rail = events.rail
        and records.object_type = events.object_type
        and records.record_id = events.record_id
