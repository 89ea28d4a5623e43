-- Every transaction's entries add up to zero.
select
    client_id,
    transaction_type,
    transaction_id_qbo,
    sum(amount_minor) as off_minor
from {{ ref('int_tie_out__ledger_entries') }}
group by client_id, transaction_type, transaction_id_qbo
having sum(amount_minor) <> 0
