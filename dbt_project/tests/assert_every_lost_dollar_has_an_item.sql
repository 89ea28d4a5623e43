-- Every dollar that the data-quality score loses belongs to a hygiene item that a person can see.
select losses.*
from {{ ref('int_quality__losses') }} as losses
left join {{ ref('int_hygiene__items') }} as items
    on losses.client_id = items.client_id and losses.hygiene_item_id = items.hygiene_item_id
where items.hygiene_item_id is null
