-- A bank line is the money of one payout at most, whoever wins the other.
select
    client_id,
    posting_id_plaid
from {{ ref('int_custody__proven_pairs') }}
group by client_id, posting_id_plaid
having count(*) > 1
