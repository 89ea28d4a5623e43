-- One row per client: cash that can be spent today in the client's own currency, and what is earmarked of it.
-- Card accounts are debt and stand apart; accounts in another currency are not added to money of this one.
with clients as (
    select * from {{ ref('stg_control__clients') }}
),

cash as (
    select
        accounts.client_id,
        cast(sum(accounts.available_minor) as bigint) as available_minor,
        cast(sum(accounts.current_minor) as bigint) as current_minor,
        count(*) as account_count
    from {{ ref('int_cash__accounts') }} as accounts
    inner join clients
        on accounts.client_id = clients.client_id and accounts.currency_code = clients.currency_code
    where accounts.is_cash
    group by accounts.client_id
),

cards as (
    select
        client_id,
        cast(sum(current_minor) as bigint) as card_balance_minor
    from {{ ref('int_cash__accounts') }}
    where not is_cash and account_type = 'credit'
    group by client_id
),

-- A debit that the bank already shows, pending or posted, is out of the balance; its hold would take it off twice.
-- Only in this snapshot: should the pending line vanish, the hold counts again in the next one.
holds as (
    select
        holds.client_id,
        cast(sum(holds.amount_minor) as bigint) as reserved_minor
    from {{ ref('stg_control__holds') }} as holds
    left join {{ ref('int_custody__proven_pairs') }} as seen
        on holds.client_id = seen.client_id and holds.payout_id = seen.payout_id
    where seen.payout_id is null
    group by holds.client_id
)

select
    clients.client_id,
    clients.currency_code,
    coalesce(cash.account_count, 0) as cash_account_count,
    cash.available_minor,
    cash.current_minor,
    coalesce(cards.card_balance_minor, 0) as card_balance_minor,
    coalesce(holds.reserved_minor, 0) as reserved_minor,
    cash.available_minor - coalesce(holds.reserved_minor, 0) as spendable_minor,
    coalesce(clients.buffer_minor, 0) as buffer_minor
from clients
left join cash
    on clients.client_id = cash.client_id
left join cards
    on clients.client_id = cards.client_id
left join holds
    on clients.client_id = holds.client_id
