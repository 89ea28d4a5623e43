-- One row per Ramp card transaction and the purchase by which the books hold it.
-- Two equal purchases of one day pair off one to one, so they stay two.
with card_accounts as (
    select
        client_id,
        account_id_qbo
    from {{ ref('stg_qbo__accounts') }}
    where account_type = 'Credit Card'
),

purchases as (
    select
        purchases.client_id,
        purchases.purchase_id_qbo,
        purchases.amount_minor,
        purchases.currency_code,
        purchases.purchase_date,
        texts.counterparty_id,
        row_number() over (
            partition by purchases.client_id, purchases.amount_minor, purchases.purchase_date, texts.counterparty_id
            order by purchases.purchase_id_qbo
        ) as place_among_equals
    from {{ ref('stg_qbo__purchases') }} as purchases
    inner join card_accounts
        on purchases.client_id = card_accounts.client_id and purchases.account_id_qbo = card_accounts.account_id_qbo
    left join {{ ref('int_counterparties__texts') }} as texts
        on
            purchases.client_id = texts.client_id
            and texts.kind = 'vendor'
            and coalesce(purchases.counterparty_name, purchases.memo) = texts.sighted_text
),

clients as (
    select
        client_id,
        time_zone
    from {{ ref('stg_control__clients') }}
),

transactions as (
    select
        transactions.client_id,
        transactions.transaction_id_ramp,
        transactions.amount_minor,
        transactions.currency_code,
        -- The books date a purchase by the client's day, Ramp by the instant.
        {{ local_date('transactions.transacted_at', "coalesce(clients.time_zone, 'UTC')") }} as transacted_date,
        links.counterparty_id,
        row_number() over (
            partition by
                transactions.client_id,
                transactions.amount_minor,
                {{ local_date('transactions.transacted_at', "coalesce(clients.time_zone, 'UTC')") }},
                links.counterparty_id
            order by transactions.transaction_id_ramp
        ) as place_among_equals
    from {{ ref('stg_ramp__transactions') }} as transactions
    left join clients on transactions.client_id = clients.client_id
    left join {{ ref('int_counterparties__links') }} as links
        on
            transactions.client_id = links.client_id
            and links.rail = 'ramp'
            and links.object_type = 'transaction'
            and transactions.transaction_id_ramp = links.record_id
    where coalesce(transactions.state, '') not in ('DECLINED', 'ERROR')
),

pairs as (
    select
        transactions.client_id,
        transactions.transaction_id_ramp,
        purchases.purchase_id_qbo,
        -- The amount carries most of it; each day apart and another name take from it, the same name makes it sure.
        0.97
        - 0.02 * abs(date_diff('day', transactions.transacted_date, purchases.purchase_date))
        + case
            when transactions.counterparty_id = purchases.counterparty_id then 0.029
            when transactions.counterparty_id <> purchases.counterparty_id then -0.04
            else 0
        end as link_score,
        transactions.place_among_equals = purchases.place_among_equals as is_same_place
    from transactions
    inner join purchases
        on
            transactions.client_id = purchases.client_id
            and transactions.amount_minor = purchases.amount_minor
            and transactions.currency_code = purchases.currency_code
    -- A card purchase is booked on its own day, on the day it clears, or in between.
    where abs(date_diff('day', transactions.transacted_date, purchases.purchase_date)) <= 4
),

ranked as (
    select
        *,
        row_number() over (
            partition by client_id, transaction_id_ramp order by link_score desc, is_same_place desc, purchase_id_qbo
        ) as place_for_transaction,
        row_number() over (
            partition by client_id, purchase_id_qbo order by link_score desc, is_same_place desc, transaction_id_ramp
        ) as place_for_purchase
    from pairs
)

select
    client_id,
    transaction_id_ramp,
    purchase_id_qbo,
    link_score
from ranked
-- Four days apart and another name is another purchase.
where place_for_transaction = 1 and place_for_purchase = 1 and link_score >= 0.86
