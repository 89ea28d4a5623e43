-- Per rail a document is in one applied match, and so is a bank line.
select
    client_id,
    rail,
    'document ' || kind || ' ' || side || ' ' || document_id as record
from {{ ref('int_reconciliation__picks') }}
where status = 'matched' and rule <> 'person'
group by client_id, rail, kind, side, document_id
having count(distinct match_id) > 1
union all
select
    client_id,
    rail,
    'line ' || posting_id_plaid
from {{ ref('int_reconciliation__picks') }}
where status = 'matched' and rule <> 'person'
group by client_id, rail, posting_id_plaid
having count(distinct match_id) > 1
