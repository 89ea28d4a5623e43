-- Every match's certificate is re-checked by a verifier that knows nothing of the matcher; a fault is a row here.
select
    client_id,
    match_id,
    fault
from {{ ref('int_reconciliation__faults') }}
