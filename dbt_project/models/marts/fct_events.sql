-- One row per economic event: one movement or promise of money, however many rails show it, with its proof.
select
    clients.advisor_id,
    events.client_id,
    events.event_id,
    events.anchor_key,
    events.amount_minor,
    events.currency_code,
    events.event_date_first,
    events.event_date_last,
    events.counterparty_id,
    events.record_count,
    events.rail_count,
    events.rails,
    events.is_seen_by_bank,
    events.weakest_score,
    events.weakest_rule,
    events.rules,
    events.is_joined_by_person,
    events.confirmed_by_name,
    events.confirmed_at
from {{ ref('int_identity__event_evidence') }} as events
inner join {{ ref('dim_clients') }} as clients
    on events.client_id = clients.client_id
