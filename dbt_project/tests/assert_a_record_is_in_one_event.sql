-- Nothing is counted twice and nothing is dropped: every record stands in exactly one event.
select
    records.client_id,
    records.rail,
    records.object_type,
    records.record_id,
    count(events.event_id) as event_count
from {{ ref('int_identity__records') }} as records
left join {{ ref('int_identity__events') }} as events
    on
        records.client_id = events.client_id
        and records.rail = events.rail
        and records.object_type = events.object_type
        and records.record_id = events.record_id
group by records.client_id, records.rail, records.object_type, records.record_id
having count(events.event_id) <> 1
