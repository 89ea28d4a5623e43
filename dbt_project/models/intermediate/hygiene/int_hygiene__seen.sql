{{
    config(
        materialized='incremental',
        unique_key=['client_id', 'hygiene_item_id'],
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}
-- One row per hygiene item that any build has ever found, with the day of the first.
select
    items.client_id,
    items.hygiene_item_id,
    {{ as_of_date() }} as first_seen_date
from {{ ref('int_hygiene__candidates') }} as items
{% if is_incremental() %}
    left join {{ this }} as seen
        on items.client_id = seen.client_id and items.hygiene_item_id = seen.hygiene_item_id
    where seen.hygiene_item_id is null or seen.first_seen_date > {{ as_of_date() }}
{% endif %}
