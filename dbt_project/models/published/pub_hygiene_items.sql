-- One row per thing a bookkeeper should look at, decided ones included, best first.
select
    clients.advisor_id,
    items.client_id,
    items.hygiene_item_id,
    items.kind,
    items.severity,
    items.title,
    items.detail,
    items.remedy,
    items.amount_minor,
    items.currency_code,
    items.item_date,
    items.rail,
    items.record_id,
    items.counterparty_name,
    items.evidence,
    cast(items.score_points as double) as score_points,
    items.rank,
    items.rank_reason,
    items.uncertainty_minor,
    cast(items.minutes as double) as minutes,
    cast(items.runway_days_uncertain as double) as runway_days_uncertain,
    items.owner_role,
    items.first_seen_date,
    cast(items.age_days as integer) as age_days,
    items.decision,
    items.decision_reason
from {{ ref('int_hygiene__items') }} as items
inner join {{ ref('dim_clients') }} as clients
    on items.client_id = clients.client_id
