-- One row per pair of records that hard links hold together though they cannot be one, as an item for a person.
select
    contradictions.client_id,
    'identity_conflict' as kind,
    split_part(contradictions.left_key, '|', 1) as rail,
    contradictions.left_key || ' ' || contradictions.right_key as record_id,
    cast(null as varchar) as claim_kind,
    cast(null as varchar) as claim_id,
    cast(null as double) as wrong_probability,
    cast(null as varchar) as counterparty_name,
    abs(events.amount_minor) as amount_minor,
    events.currency_code,
    events.event_date_last as item_date,
    'Two records are tied together that cannot be one' as title,
    replace(contradictions.left_key, '|', ' ') || ' and ' || replace(contradictions.right_key, '|', ' ')
    || ' hang on each other by links that a rail or a person wrote, and ' || contradictions.reason || '.' as detail,
    'Look at both records and unlink the wrong one where it was linked, or undo the ruling.' as remedy,
    to_json(
        {
            event_id: contradictions.event_id, evidence: contradictions.reason,
            ruling_id: contradictions.ruling_id
        }
    ) as evidence
from {{ ref('int_identity__contradictions') }} as contradictions
inner join {{ ref('int_identity__event_evidence') }} as events
    on contradictions.client_id = events.client_id and contradictions.event_id = events.event_id
