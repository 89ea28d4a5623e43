-- One row per product or service of a client's books, with the accounts that it books to.
select
    client_id,
    id as item_id_qbo,
    coalesce(fully_qualified_name, name) as item_name,
    type as item_type,
    coalesce(active, true) as is_active,
    {{ json_text('income_account_ref', 'value') }} as income_account_id_qbo,
    {{ json_text('expense_account_ref', 'value') }} as expense_account_id_qbo,
    {{ json_text('asset_account_ref', 'value') }} as asset_account_id_qbo
from {{ source('raw_qbo', 'items') }}
where not coalesce(is_deleted, false)
