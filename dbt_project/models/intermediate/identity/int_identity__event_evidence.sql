-- One row per economic event with what it is, how many rails saw it, and the weakest link that holds it together.
with members as (
    select
        events.event_id,
        records.client_id,
        records.rail,
        {{ record_key('records.rail', 'records.object_type', 'records.record_id') }} as record_key,
        records.kind,
        records.amount_minor,
        records.currency_code,
        records.record_date,
        records.counterparty_id,
        records.record_place
    from {{ ref('int_identity__events') }} as events
    inner join {{ ref('int_identity__records') }} as records
        on
            events.client_id = records.client_id
            and events.rail = records.rail
            and events.object_type = records.object_type
            and events.record_id = records.record_id
),

events as (
    select
        client_id,
        event_id,
        count(*) as record_count,
        -- Flags and not distinct texts: a list per event costs more than all the rest.
        bool_or(rail = 'plaid') as is_plaid,
        bool_or(rail = 'qbo') as is_qbo,
        bool_or(rail = 'ramp') as is_ramp,
        bool_or(rail = 'stripe') as is_stripe,
        -- The record that a rail wrote first names the event.
        arg_min(record_key, record_place) as anchor_key,
        arg_min(amount_minor, record_place) as amount_minor,
        arg_min(currency_code, record_place) as currency_code,
        min(record_date) as event_date_first,
        max(record_date) as event_date_last,
        bool_or(kind = 'movement' and rail = 'plaid') as is_seen_by_bank,
        min(counterparty_id) as counterparty_id
    from members
    group by client_id, event_id
),

link_rules as (
    select
        links.client_id,
        events.event_id,
        links.rule,
        count(*) as link_count,
        count(*) filter (where not links.is_hard) as inferred_count,
        min(links.link_score) as weakest_score
    from {{ ref('int_identity__links') }} as links
    inner join {{ ref('int_identity__events') }} as events
        on
            links.client_id = events.client_id
            and links.from_rail = events.rail
            and links.from_object_type = events.object_type
            and links.from_record_id = events.record_id
    left join {{ ref('int_identity__cuts') }} as cuts
        on
            links.client_id = cuts.client_id
            and links.from_rail = cuts.from_rail
            and links.from_object_type = cuts.from_object_type
            and links.from_record_id = cuts.from_record_id
            and links.to_rail = cuts.to_rail
            and links.to_object_type = cuts.to_object_type
            and links.to_record_id = cuts.to_record_id
    where links.is_whole and cuts.client_id is null
    group by links.client_id, events.event_id, links.rule
),

links as (
    select
        client_id,
        event_id,
        cast(sum(link_count) as bigint) as link_count,
        cast(sum(inferred_count) as bigint) as inferred_count,
        min(weakest_score) as weakest_score,
        arg_min(rule, (weakest_score, rule)) as weakest_rule,
        array_to_string(list_sort(list(rule)), ', ') as rules,
        bool_or(rule = 'person') as is_joined_by_person
    from link_rules
    group by client_id, event_id
),

-- Who confirmed the event: the newest ruling in force that joins two of its members.
confirmations as (
    select
        rulings.client_id,
        events.event_id,
        arg_max(rulings.ruling_id, (rulings.decided_at, rulings.ruling_id)) as ruling_id,
        arg_max(rulings.decided_by_name, (rulings.decided_at, rulings.ruling_id)) as confirmed_by_name,
        max(rulings.decided_at) as confirmed_at
    from {{ ref('stg_control__rulings') }} as rulings
    inner join {{ ref('int_identity__events') }} as events
        on
            rulings.client_id = events.client_id
            and rulings.left_key = {{ record_key('events.rail', 'events.object_type', 'events.record_id') }}
    inner join {{ ref('int_identity__events') }} as others
        on
            events.client_id = others.client_id
            and events.event_id = others.event_id
            and {{ ruled_record_key('rulings.subject', 'rulings.right_key') }}
            = {{ record_key('others.rail', 'others.object_type', 'others.record_id') }}
    where rulings.subject in ('event', 'match') and rulings.verb = 'join'
    group by rulings.client_id, events.event_id
)

select
    events.* exclude (is_plaid, is_qbo, is_ramp, is_stripe),
    cast(events.is_plaid as integer)
    + cast(events.is_qbo as integer)
    + cast(events.is_ramp as integer)
    + cast(events.is_stripe as integer) as rail_count,
    concat_ws(
        ', ',
        case when events.is_plaid then 'plaid' end,
        case when events.is_qbo then 'qbo' end,
        case when events.is_ramp then 'ramp' end,
        case when events.is_stripe then 'stripe' end
    ) as rails,
    coalesce(links.link_count, 0) as link_count,
    coalesce(links.inferred_count, 0) as inferred_count,
    links.weakest_score,
    links.weakest_rule,
    links.rules,
    coalesce(links.is_joined_by_person, false) as is_joined_by_person,
    confirmations.ruling_id,
    confirmations.confirmed_by_name,
    confirmations.confirmed_at
from events
left join links on events.client_id = links.client_id and events.event_id = links.event_id
left join confirmations on events.client_id = confirmations.client_id and events.event_id = confirmations.event_id
