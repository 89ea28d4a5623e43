-- One row per live reserve of an approved payout.
select
    advisor_id,
    client_id,
    payout_id,
    account_id_plaid,
    amount_minor
from {{ source('raw_control', 'holds') }}
