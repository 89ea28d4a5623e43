-- One row per client, direction, name of a text and party that it may be, with the chance that it is this one.
-- Rivals share the chance: two parties that fit alike leave each other half. What a person separated is not among them.
with texts as (
    select distinct
        sightings.client_id,
        sightings.kind,
        names.clean_name,
        'text|' || names.clean_name as text_key
    from {{ ref('int_counterparties__sightings') }} as sightings
    inner join {{ ref('int_counterparties__names') }} as names
        on sightings.sighted_text = names.text and names.is_descriptor
    where not {{ names_nobody('names.clean_name') }}
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

-- A party is separated from a text by any of its records, its id or its own name.
separated as (
    select distinct
        rulings.client_id,
        rulings.key as text_key,
        parties.counterparty_id
    from rulings
    inner join parties
        on
            rulings.client_id = parties.client_id
            and rulings.other_key
            in (parties.record_key, 'counterparty|' || parties.counterparty_id, 'text|' || parties.clean_name)
    where rulings.verb = 'separate'
),

scored as (
    select
        texts.client_id,
        texts.kind,
        texts.clean_name,
        parties.counterparty_id,
        max(scores.score) as score,
        max(scores.fit) as fit,
        arg_max(scores.evidence, (scores.score, scores.party_clean_name)) as evidence,
        arg_max(scores.party_clean_name, (scores.score, scores.party_clean_name)) as party_clean_name
    from texts
    inner join {{ ref('int_counterparties__scores') }} as scores
        on
            texts.client_id = scores.client_id
            and texts.kind = scores.kind
            and texts.clean_name = scores.clean_name
    inner join parties
        on
            scores.client_id = parties.client_id
            and scores.kind = parties.kind
            and scores.party_clean_name = parties.clean_name
    left join separated
        on
            texts.client_id = separated.client_id
            and texts.text_key = separated.text_key
            and parties.counterparty_id = separated.counterparty_id
    where separated.text_key is null
    group by texts.client_id, texts.kind, texts.clean_name, parties.counterparty_id
),

chances as (
    select
        *,
        {{ chance_among_rivals('score', 'fit', ['client_id', 'kind', 'clean_name']) }} as chance
    from scored
)

select
    client_id,
    kind,
    clean_name,
    counterparty_id,
    party_clean_name,
    score,
    chance,
    row_number() over (partition by client_id, kind, clean_name order by chance desc, counterparty_id) as place,
    lead(chance) over (
        partition by client_id, kind, clean_name order by chance desc, counterparty_id
    ) as runner_up_score,
    case
        when chance >= {{ var('counterparty_chance_min') }} then 'linked'
        when chance >= {{ var('counterparty_doubt_min') }} / 2 then 'proposed'
        else 'unlikely'
    end as status,
    evidence
from chances
