-- One row per journal entry in a client's books.
with documents as (
    select
        *,
        upper(coalesce({{ json_text('currency_ref', 'value') }}, 'USD')) as currency_code
    from {{ source('raw_qbo', 'journal_entries') }}
    where not coalesce(is_deleted, false)
)

select
    client_id,
    id as journal_entry_id_qbo,
    nullif(trim(doc_number), '') as reference,
    txn_date as entry_date,
    coalesce(adjustment, false) as is_adjustment,
    currency_code,
    {{ to_minor('total_amt', 'currency_code') }} as total_minor,
    private_note as memo,
    cast({{ json_text('meta_data', 'CreateTime') }} as timestamptz) as created_at,
    cast({{ json_text('meta_data', 'LastUpdatedTime') }} as timestamptz) as updated_at
from documents
