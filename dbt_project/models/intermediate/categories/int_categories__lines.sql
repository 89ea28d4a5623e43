-- One row per money line that still needs an account: a purchase or bill on a catch-all account, and money of the last
-- 90 days that left the bank or a card and has no record in the books.
with records as (
    select
        client_id,
        'qbo' as rail,
        record_kind as object_type,
        record_id,
        min(record_date) as line_date,
        cast(-sum(amount_minor) as bigint) as amount_minor,
        min(currency_code) as currency_code,
        min(counterparty_id) as counterparty_id,
        min(clean_name) as clean_name,
        min(spoken_text) as spoken_text
    from {{ ref('int_categories__codings') }}
    where is_catch_all
    group by client_id, record_kind, record_id
),

texts as (
    select
        client_id,
        sighted_text,
        min(counterparty_id) as counterparty_id,
        min(clean_name) as clean_name
    from {{ ref('int_counterparties__texts') }}
    where kind = 'vendor'
    group by client_id, sighted_text
),

postings as (
    select
        postings.client_id,
        'plaid' as rail,
        'posting' as object_type,
        postings.posting_id_plaid as record_id,
        postings.posted_date as line_date,
        postings.amount_minor,
        postings.currency_code,
        texts.counterparty_id,
        texts.clean_name,
        coalesce(postings.description, postings.merchant_name) as spoken_text
    from {{ ref('int_bank__postings') }} as postings
    inner join {{ ref('int_reconciliation__matches') }} as matches
        on postings.client_id = matches.client_id and postings.posting_id_plaid = matches.posting_id_plaid
    left join texts
        on postings.client_id = texts.client_id and postings.description = texts.sighted_text
    where
        matches.status = 'unmatched'
        and not postings.is_pending
        and postings.amount_minor < 0
        and postings.posted_date > {{ as_of_date() }} - interval 90 day
        and postings.posted_date <= {{ as_of_date() }}
),

transactions as (
    select
        transactions.client_id,
        'ramp' as rail,
        'transaction' as object_type,
        transactions.transaction_id_ramp as record_id,
        cast(transactions.transacted_at as date) as line_date,
        transactions.amount_minor,
        transactions.currency_code,
        texts.counterparty_id,
        texts.clean_name,
        coalesce(transactions.merchant_name, transactions.merchant_descriptor) as spoken_text
    from {{ ref('stg_ramp__transactions') }} as transactions
    left join {{ ref('int_identity__card_pairs') }} as pairs
        on
            transactions.client_id = pairs.client_id
            and transactions.transaction_id_ramp = pairs.transaction_id_ramp
    left join texts
        on
            transactions.client_id = texts.client_id
            and coalesce(transactions.merchant_name, transactions.merchant_descriptor) = texts.sighted_text
    where
        pairs.transaction_id_ramp is null
        and transactions.amount_minor < 0
        and cast(transactions.transacted_at as date) > {{ as_of_date() }} - interval 90 day
        and transactions.transacted_at <= {{ as_of_at() }}
)

select * from records
union all
select * from postings
union all
select * from transactions
