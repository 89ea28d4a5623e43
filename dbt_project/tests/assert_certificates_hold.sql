-- Every match's certificate is re-checked by a query that shares nothing with the matcher; a fault is a row here.
select
    client_id,
    match_id,
    fault
from {{ ref('int_reconciliation__faults') }}
