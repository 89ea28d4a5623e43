-- One row per ledger line that a Stripe payout settled.
select
    client_id,
    payout as payout_id_stripe,
    balance_transaction as balance_transaction_id_stripe
from {{ source('raw_stripe', 'payout_lines') }}
