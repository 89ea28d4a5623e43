-- One row per pair of records that cannot be one event and that links of rails or people hold together all the same.
-- Nothing is cut here, because no machine may overrule what was written; a person has to look at the records.
select
    vetoes.client_id,
    events.event_id,
    vetoes.left_key,
    vetoes.right_key,
    vetoes.reason,
    vetoes.ruling_id
from {{ ref('int_identity__vetoes') }} as vetoes
inner join {{ ref('int_identity__events') }} as events
    on
        vetoes.client_id = events.client_id
        and vetoes.left_key = {{ record_key('events.rail', 'events.object_type', 'events.record_id') }}
inner join {{ ref('int_identity__events') }} as others
    on
        events.client_id = others.client_id
        and events.event_id = others.event_id
        and vetoes.right_key = {{ record_key('others.rail', 'others.object_type', 'others.record_id') }}
-- Whoever joined this very pair knew both records.
left join {{ ref('stg_control__rulings') }} as rulings
    on
        vetoes.client_id = rulings.client_id
        and rulings.subject in ('event', 'match')
        and rulings.verb = 'join'
        and vetoes.left_key = least(rulings.left_key, {{ ruled_record_key('rulings.subject', 'rulings.right_key') }})
        and vetoes.right_key
        = greatest(rulings.left_key, {{ ruled_record_key('rulings.subject', 'rulings.right_key') }})
where rulings.ruling_id is null
