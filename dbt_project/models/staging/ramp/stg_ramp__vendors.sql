-- One row per vendor in a client's Ramp.
-- `vendor_id_qbo` is Ramp's own link to the books: a hard identity.
select
    client_id,
    id as vendor_id_ramp,
    name as vendor_name,
    name_legal as legal_name,
    nullif(accounting_vendor_remote_id, '') as vendor_id_qbo,
    coalesce(is_active, true) as is_active,
    created_at
from {{ source('raw_ramp', 'vendors') }}
where not coalesce(is_deleted, false)
