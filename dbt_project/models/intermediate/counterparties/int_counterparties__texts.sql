-- One row per client, direction and distinct text of a bank line or card line, with the party that it names.
-- A person's word comes first, then the party that the name most likely is. Two parties that fit almost equally well
-- leave the text without either: a wrong name costs more than a missing one.
with named as (
    select
        sightings.client_id,
        sightings.kind,
        sightings.sighted_text,
        names.clean_name,
        'text|' || names.clean_name as text_key
    from {{ ref('int_counterparties__sightings') }} as sightings
    inner join {{ ref('int_counterparties__names') }} as names
        on sightings.sighted_text = names.text and names.is_descriptor
    where not {{ names_nobody('names.clean_name') }}
),

texts as (
    select distinct
        client_id,
        kind,
        clean_name,
        text_key
    from named
),

parties as (
    select
        *,
        concat_ws('|', rail, kind, record_id) as record_key
    from {{ ref('int_counterparties__parties') }}
),

rulings as (
    select * from {{ ref('int_counterparties__rulings') }}
),

chosen as (
    select
        client_id,
        kind,
        clean_name,
        counterparty_id,
        chance as link_score,
        runner_up_score,
        evidence,
        case
            when clean_name = party_clean_name then 'equal name'
            when starts_with(party_clean_name, clean_name) or starts_with(clean_name, party_clean_name)
                then 'name cut short'
            else 'similar name'
        end as rule
    from {{ ref('int_counterparties__chances') }}
    where place = 1 and status = 'linked'
),

-- What a person said that a text is: a party by record or id, or the same as another text.
ruled as (
    select
        texts.client_id,
        texts.kind,
        texts.clean_name,
        rulings.ruling_id,
        rulings.is_client_memory,
        rulings.decided_at,
        case
            when parties.counterparty_id is not null then parties.counterparty_id
            when other.clean_name is not null
                then coalesce(
                    first_party.counterparty_id,
                    second_party.counterparty_id,
                    {{ stable_id([
                        'texts.client_id', 'texts.kind', "'text:' || least(texts.clean_name, other.clean_name)"
                    ]) }}
                )
        end as counterparty_id
    from texts
    inner join rulings
        on texts.client_id = rulings.client_id and texts.text_key = rulings.key and rulings.verb = 'join'
    left join (
        select distinct
            client_id,
            kind,
            counterparty_id,
            unnest([record_key, 'counterparty|' || counterparty_id]) as party_key
        from parties
    ) as parties
        on
            texts.client_id = parties.client_id
            and texts.kind = parties.kind
            and rulings.other_key = parties.party_key
    left join (
        select distinct
            key,
            nullif(regexp_extract(key, '^text\|(.*)$', 1), '') as clean_name
        from {{ ref('int_counterparties__rulings') }}
    ) as other
        on rulings.other_key = other.key
    -- Both ends of the ruling look in the same order, so they end at the same party.
    left join chosen as first_party
        on
            texts.client_id = first_party.client_id
            and texts.kind = first_party.kind
            and least(texts.clean_name, other.clean_name) = first_party.clean_name
    left join chosen as second_party
        on
            texts.client_id = second_party.client_id
            and texts.kind = second_party.kind
            and greatest(texts.clean_name, other.clean_name) = second_party.clean_name
),

decided as (
    select
        client_id,
        kind,
        clean_name,
        counterparty_id,
        1.0 as link_score,
        cast(null as double) as runner_up_score,
        cast(null as varchar) as evidence,
        'person' as rule,
        ruling_id
    from ruled
    where counterparty_id is not null
    qualify
        row_number() over (
            partition by client_id, kind, clean_name order by is_client_memory desc, decided_at desc, ruling_id
        ) = 1
),

settled as (
    select * from decided
    union all
    select
        chosen.client_id,
        chosen.kind,
        chosen.clean_name,
        chosen.counterparty_id,
        chosen.link_score,
        chosen.runner_up_score,
        chosen.evidence,
        chosen.rule,
        null as ruling_id
    from chosen
    left join decided
        on
            chosen.client_id = decided.client_id
            and chosen.kind = decided.kind
            and chosen.clean_name = decided.clean_name
    where decided.clean_name is null
),

-- The chance that a text is some party of the books, whichever.
doubts as (
    select
        client_id,
        kind,
        clean_name,
        cast(sum(cast(chance as decimal(18, 15))) as double) as chance
    from {{ ref('int_counterparties__chances') }}
    group by client_id, kind, clean_name
)

-- A name that fits no party of the books is a party of its own; one that may fit, though not surely, stays open.
select
    named.client_id,
    named.kind,
    named.sighted_text,
    named.clean_name,
    coalesce(settled.counterparty_id, {{ stable_id(['named.client_id', 'named.kind', "'text:' || named.clean_name"]) }})
        as counterparty_id,
    coalesce(settled.link_score, 1 - coalesce(doubts.chance, 0)) as link_score,
    settled.runner_up_score,
    coalesce(settled.rule, 'text only') as rule,
    settled.evidence,
    settled.ruling_id
from named
left join settled
    on
        named.client_id = settled.client_id
        and named.kind = settled.kind
        and named.clean_name = settled.clean_name
left join doubts
    on
        named.client_id = doubts.client_id
        and named.kind = doubts.kind
        and named.clean_name = doubts.clean_name
where
    settled.clean_name is not null
    or coalesce(doubts.chance, 0) < {{ var('counterparty_doubt_min') }}
