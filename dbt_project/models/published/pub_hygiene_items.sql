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
    items.decision,
    items.decision_reason
from {{ ref('int_hygiene__items') }} as items
inner join {{ ref('dim_clients') }} as clients
    on items.client_id = clients.client_id
