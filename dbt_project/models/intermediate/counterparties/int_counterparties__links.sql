-- One row per client and record that names a party: party records of QBO, Ramp and Stripe, bank lines and card lines.
with parties as (
    select
        client_id,
        rail,
        kind as object_type,
        record_id,
        counterparty_id,
        link_score,
        rule
    from {{ ref('int_counterparties__parties') }}
),

texts as (
    select * from {{ ref('int_counterparties__texts') }}
),

postings as (
    select
        postings.client_id,
        'plaid' as rail,
        'posting' as object_type,
        postings.posting_id_plaid as record_id,
        texts.counterparty_id,
        texts.link_score,
        texts.rule
    from {{ ref('int_bank__postings') }} as postings
    inner join texts
        on
            postings.client_id = texts.client_id
            and postings.description = texts.sighted_text
            and texts.kind = case when postings.amount_minor < 0 then 'vendor' else 'customer' end
),

transactions as (
    select
        transactions.client_id,
        'ramp' as rail,
        'transaction' as object_type,
        transactions.transaction_id_ramp as record_id,
        texts.counterparty_id,
        texts.link_score,
        texts.rule
    from {{ ref('stg_ramp__transactions') }} as transactions
    inner join texts
        on
            transactions.client_id = texts.client_id
            and coalesce(transactions.merchant_name, transactions.merchant_descriptor) = texts.sighted_text
            and texts.kind = 'vendor'
)

select * from parties
union all
select * from postings
union all
select * from transactions
