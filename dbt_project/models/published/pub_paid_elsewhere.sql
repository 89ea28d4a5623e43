-- One row per live payout of ours and payment of its bill by another road: books, Ramp, card or bank.
select
    clients.advisor_id,
    others.client_id,
    others.payout_id,
    others.source_bill_id,
    others.road,
    others.record_id,
    others.paid_date,
    others.amount_minor,
    others.currency_code,
    others.certainty,
    others.posting_id_plaid
from {{ ref('int_custody__paid_elsewhere') }} as others
inner join {{ ref('dim_clients') }} as clients
    on others.client_id = clients.client_id
