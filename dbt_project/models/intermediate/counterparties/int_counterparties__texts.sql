-- One row per client, direction and distinct text of a bank line or card line, with the party that it names.
-- An equal name beats a name cut short by the bank, and that beats a similar one. Two parties that fit
-- almost equally well leave the text without either: a wrong name costs more than a missing one.
with sightings as (
    select distinct
        client_id,
        case when amount_minor < 0 then 'vendor' else 'customer' end as kind,
        description as sighted_text
    from {{ ref('int_bank__postings') }}
    where description is not null

    union

    select distinct
        client_id,
        'vendor' as kind,
        coalesce(merchant_name, merchant_descriptor) as sighted_text
    from {{ ref('stg_ramp__transactions') }}
    where coalesce(merchant_name, merchant_descriptor) is not null

    union

    select distinct
        client_id,
        'vendor' as kind,
        coalesce(counterparty_name, memo) as sighted_text
    from {{ ref('stg_qbo__purchases') }}
    where coalesce(counterparty_name, memo) is not null
),

-- The same text serves many clients: clean each once.
cleaned as (
    select
        sighted_text,
        {{ descriptor_name('sighted_text') }} as clean_name
    from (select distinct sighted_text from sightings) as texts
),

named as (
    select
        sightings.client_id,
        sightings.kind,
        sightings.sighted_text,
        cleaned.clean_name
    from sightings
    inner join cleaned on sightings.sighted_text = cleaned.sighted_text
    where not {{ names_nobody('cleaned.clean_name') }}
),

names as (
    select distinct
        client_id,
        kind,
        clean_name
    from named
),

parties as (
    select distinct
        client_id,
        kind,
        counterparty_id,
        clean_name
    from {{ ref('int_counterparties__parties') }}
    where length(clean_name) >= 3
),

scored as (
    select
        names.client_id,
        names.kind,
        names.clean_name,
        parties.counterparty_id,
        max(case
            when names.clean_name = parties.clean_name then 100
            -- Banks cut names; six letters are the least that tells two parties of one client apart.
            when length(names.clean_name) >= 6 and starts_with(parties.clean_name, names.clean_name) then 92
            when length(parties.clean_name) >= 6 and starts_with(names.clean_name, parties.clean_name || ' ') then 90
            else cast(floor(89 * jaro_winkler_similarity(names.clean_name, parties.clean_name)) as integer)
        end) as link_score
    from names
    inner join parties on names.client_id = parties.client_id and names.kind = parties.kind
    group by names.client_id, names.kind, names.clean_name, parties.counterparty_id
),

ranked as (
    select
        *,
        row_number() over (
            partition by client_id, kind, clean_name order by link_score desc, counterparty_id
        ) as place,
        lead(link_score) over (
            partition by client_id, kind, clean_name order by link_score desc, counterparty_id
        ) as runner_up_score
    from scored
    -- 0.93 of Jaro-Winkler: below it, names that share a first word only begin to pass.
    where link_score >= 83
),

chosen as (
    select
        client_id,
        kind,
        clean_name,
        counterparty_id,
        link_score,
        case
            when link_score = 100 then 'equal name'
            when link_score >= 90 then 'name cut short'
            else 'similar name'
        end as rule
    from ranked
    where place = 1 and (runner_up_score is null or link_score - runner_up_score >= 3)
),

undecided as (
    select distinct
        client_id,
        kind,
        clean_name
    from ranked
)

-- A name that fits no party of the books is a party of its own; one that fits two stays open.
select
    named.client_id,
    named.kind,
    named.sighted_text,
    named.clean_name,
    coalesce(chosen.counterparty_id, {{ stable_id(['named.client_id', 'named.kind', "'text:' || named.clean_name"]) }})
        as counterparty_id,
    coalesce(chosen.link_score, 70) as link_score,
    coalesce(chosen.rule, 'text only') as rule
from named
left join chosen
    on
        named.client_id = chosen.client_id
        and named.kind = chosen.kind
        and named.clean_name = chosen.clean_name
left join undecided
    on
        named.client_id = undecided.client_id
        and named.kind = undecided.kind
        and named.clean_name = undecided.clean_name
where chosen.clean_name is not null or undecided.clean_name is null
