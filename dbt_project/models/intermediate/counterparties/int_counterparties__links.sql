-- One row per client and record that names a party: party records of QBO, Ramp and Stripe, bank lines and card lines.
-- What a person said of the one record outranks what its text says.
with parties as (
    select
        client_id,
        rail,
        kind as object_type,
        record_id,
        counterparty_id,
        link_score,
        rule,
        runner_up_score,
        evidence,
        ruling_id
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
        texts.rule,
        texts.runner_up_score,
        texts.evidence,
        texts.ruling_id
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
        texts.rule,
        texts.runner_up_score,
        texts.evidence,
        texts.ruling_id
    from {{ ref('stg_ramp__transactions') }} as transactions
    inner join texts
        on
            transactions.client_id = texts.client_id
            and coalesce(transactions.merchant_name, transactions.merchant_descriptor) = texts.sighted_text
            and texts.kind = 'vendor'
),

rulings as (
    select * from {{ ref('int_counterparties__rulings') }}
),

party_keys as (
    select
        client_id,
        counterparty_id,
        unnest([concat_ws('|', rail, object_type, record_id), 'counterparty|' || counterparty_id]) as party_key
    from parties
),

records as (
    select * from postings
    union all
    select * from transactions
),

-- Records that a person tied to a party, whether their text names one or not.
ruled as (
    select
        rulings.client_id,
        string_split(rulings.key, '|')[1] as rail,
        string_split(rulings.key, '|')[2] as object_type,
        regexp_extract(rulings.key, '^[^|]*\|[^|]*\|(.*)$', 1) as record_id,
        party_keys.counterparty_id,
        1.0 as link_score,
        'person' as rule,
        cast(null as double) as runner_up_score,
        cast(null as varchar) as evidence,
        rulings.ruling_id
    from rulings
    inner join party_keys
        on rulings.client_id = party_keys.client_id and rulings.other_key = party_keys.party_key
    where
        rulings.verb = 'join'
        and (starts_with(rulings.key, 'plaid|posting|') or starts_with(rulings.key, 'ramp|transaction|'))
    qualify
        row_number() over (
            partition by rulings.client_id, rulings.key
            order by rulings.is_client_memory desc, rulings.decided_at desc, rulings.ruling_id
        ) = 1
),

separated as (
    select distinct
        rulings.client_id,
        rulings.key,
        party_keys.counterparty_id
    from rulings
    inner join party_keys
        on rulings.client_id = party_keys.client_id and rulings.other_key = party_keys.party_key
    where rulings.verb = 'separate'
)

select * from parties
union all
select * from ruled
union all
select records.*
from records
left join ruled
    on
        records.client_id = ruled.client_id
        and records.rail = ruled.rail
        and records.object_type = ruled.object_type
        and records.record_id = ruled.record_id
left join separated
    on
        records.client_id = separated.client_id
        and concat_ws('|', records.rail, records.object_type, records.record_id) = separated.key
        and records.counterparty_id = separated.counterparty_id
where ruled.record_id is null and separated.key is null
