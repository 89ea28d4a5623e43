-- One row per name on bank and card lines that may be a party of the books, as the hygiene tray asks about it.
-- A yes makes it that party from the next build on, a no keeps them apart; either can be taken back.
with proposed as (
    select * from {{ ref('int_counterparties__chances') }}
    -- More likely than not: a question that mostly ends in no is not worth a person's time.
    where place = 1 and status = 'proposed' and chance >= 0.5
),

lines as (
    select
        client_id,
        case when amount_minor < 0 then 'vendor' else 'customer' end as kind,
        description as sighted_text,
        abs(amount_minor) as amount_minor,
        currency_code,
        posted_date as line_date
    from {{ ref('int_bank__postings') }}
    where not is_pending

    union all

    select
        client_id,
        'vendor' as kind,
        coalesce(merchant_name, merchant_descriptor) as sighted_text,
        abs(amount_minor) as amount_minor,
        currency_code,
        cast(transacted_at as date) as line_date
    from {{ ref('stg_ramp__transactions') }}
),

-- What the name has moved of late: an old name that no longer moves money is not worth a question.
moved as (
    select
        lines.client_id,
        lines.kind,
        names.clean_name,
        min(lines.sighted_text) as sighted_text,
        count(*) as line_count,
        cast(sum(lines.amount_minor) as bigint) as amount_minor,
        min(lines.currency_code) as currency_code,
        max(lines.line_date) as line_date
    from lines
    inner join {{ ref('int_counterparties__names') }} as names
        on lines.sighted_text = names.text and names.is_descriptor
    where lines.line_date > {{ as_of_date() }} - interval 120 day and lines.line_date <= {{ as_of_date() }}
    group by lines.client_id, lines.kind, names.clean_name
),

-- The books' own record stands for a party; a person knows it by that name.
parties as (
    select
        client_id,
        counterparty_id,
        arg_min(concat_ws('|', rail, kind, record_id), (rail <> 'qbo', rail, record_id)) as record_key,
        arg_min(party_name, (rail <> 'qbo', rail, record_id)) as party_name
    from {{ ref('int_counterparties__parties') }}
    group by client_id, counterparty_id
)

select
    proposed.client_id,
    'vendor_link' as kind,
    'plaid' as rail,
    proposed.kind || ':' || proposed.clean_name as record_id,
    cast(null as varchar) as claim_kind,
    cast(null as varchar) as claim_id,
    1 - proposed.chance as wrong_probability,
    parties.party_name as counterparty_name,
    moved.amount_minor,
    moved.currency_code,
    moved.line_date as item_date,
    'Is “' || proposed.clean_name || '” ' || parties.party_name || '?' as title,
    moved.line_count || case when moved.line_count = 1 then ' line' else ' lines' end || ' of the last 120 days, '
    || {{ money_text('moved.amount_minor', 'moved.currency_code') }}
    || ' in all, such as ' || moved.sighted_text || '. The names are one party with a chance of '
    || cast(round(100 * proposed.chance) as integer) || ' in 100.' as detail,
    'Confirm it, and lines of this name are theirs; reject it, and they never are. Both can be undone.' as remedy,
    to_json(
        {
            ruling: {
                subject: 'counterparty',
                left_key: 'text|' || proposed.clean_name,
                right_key: parties.record_key,
                label: parties.party_name
            },
            chance: proposed.chance,
            runner_up_score: proposed.runner_up_score,
            evidence: proposed.evidence
        }
    ) as evidence
from proposed
inner join moved
    on
        proposed.client_id = moved.client_id
        and proposed.kind = moved.kind
        and proposed.clean_name = moved.clean_name
inner join parties
    on proposed.client_id = parties.client_id and proposed.counterparty_id = parties.counterparty_id
