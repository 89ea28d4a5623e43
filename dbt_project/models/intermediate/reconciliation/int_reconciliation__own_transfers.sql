-- One row per pair of bank lines that are two sides of one move between the client's own accounts.
with postings as (
    select * from {{ ref('int_reconciliation__postings') }}
),

pairs as (
    select
        sent.client_id,
        sent.posting_id_plaid as posting_id_out,
        received.posting_id_plaid as posting_id_in,
        abs(date_diff('day', sent.posted_date, received.posted_date)) as days_apart
    from postings as sent
    inner join postings as received
        on
            sent.client_id = received.client_id
            and sent.currency_code = received.currency_code
            and sent.amount_minor = -received.amount_minor
            and sent.account_id_plaid <> received.account_id_plaid
    where
        sent.amount_minor < 0
        -- Two business days and a weekend's night: banks post both sides of their own transfers by then.
        and abs(date_diff('day', sent.posted_date, received.posted_date)) <= 3
),

ranked as (
    select
        *,
        row_number() over (partition by client_id, posting_id_out order by days_apart, posting_id_in) as place_out,
        row_number() over (partition by client_id, posting_id_in order by days_apart, posting_id_out) as place_in
    from pairs
)

select
    client_id,
    posting_id_out,
    posting_id_in,
    days_apart
from ranked
where place_out = 1 and place_in = 1
