-- One row per client and party record of a rail, with the record that stands for the party in every rail.
-- A person's word outranks a link that a sync wrote, that an e-mail address, and that a name.
with records as (
    select
        records.*,
        names.clean_name,
        concat_ws('|', records.rail, records.kind, records.record_id) as record_key
    from {{ ref('int_counterparties__records') }} as records
    left join {{ ref('int_counterparties__names') }} as names
        on records.party_name = names.text and not names.is_descriptor
),

books as (
    select * from records
    where rail = 'qbo'
),

others as (
    select * from records
    where rail <> 'qbo'
),

rulings as (
    select * from {{ ref('int_counterparties__rulings') }}
),

-- An e-mail address that two parties of the books share proves neither.
mailboxes as (
    select
        client_id,
        kind,
        mailbox,
        min(record_id) as record_id
    from books
    where mailbox is not null
    group by client_id, kind, mailbox
    having count(*) = 1
),

-- What may tie a record to one of the books: the proof, how strong it is, and how sure.
proofs as (
    select
        others.client_id,
        others.record_key,
        books.record_key as book_key,
        books.record_id as book_id,
        rulings.ruling_id,
        1.0 as chance,
        'person' as rule,
        case when rulings.is_client_memory then 1 else 2 end as rank,
        cast(null as varchar) as evidence
    from others
    inner join rulings
        on others.client_id = rulings.client_id and others.record_key = rulings.key and rulings.verb = 'join'
    inner join books on rulings.client_id = books.client_id and rulings.other_key = books.record_key

    union all

    select
        others.client_id,
        others.record_key,
        books.record_key as book_key,
        books.record_id as book_id,
        null as ruling_id,
        1.0 as chance,
        'linked record' as rule,
        3 as rank,
        null as evidence
    from others
    inner join books
        on
            others.client_id = books.client_id
            and others.kind = books.kind
            and others.linked_id_qbo = books.record_id

    union all

    select
        others.client_id,
        others.record_key,
        books.record_key as book_key,
        books.record_id as book_id,
        null as ruling_id,
        0.99 as chance,
        'e-mail' as rule,
        4 as rank,
        null as evidence
    from others
    inner join mailboxes
        on
            others.client_id = mailboxes.client_id
            and others.kind = mailboxes.kind
            and others.mailbox = mailboxes.mailbox
    inner join books
        on
            mailboxes.client_id = books.client_id
            and mailboxes.kind = books.kind
            and mailboxes.record_id = books.record_id

    union all

    select
        others.client_id,
        others.record_key,
        books.record_key as book_key,
        books.record_id as book_id,
        null as ruling_id,
        {{ chance_among_rivals('scores.score', 'scores.fit', ['others.client_id', 'others.record_key']) }} as chance,
        case when scores.clean_name = scores.party_clean_name then 'name' else 'similar name' end as rule,
        5 as rank,
        scores.evidence
    from others
    inner join {{ ref('int_counterparties__scores') }} as scores
        on
            others.client_id = scores.client_id
            and others.kind = scores.kind
            and others.clean_name = scores.clean_name
    inner join books
        on
            scores.client_id = books.client_id
            and scores.kind = books.kind
            and scores.party_clean_name = books.clean_name
    -- A pair that a person separated is no rival either.
    left join rulings
        on
            others.client_id = rulings.client_id
            and others.record_key = rulings.key
            and books.record_key = rulings.other_key
            and rulings.verb = 'separate'
    where rulings.key is null
),

ranked as (
    select
        proofs.*,
        lead(proofs.chance) over (
            partition by proofs.client_id, proofs.record_key, proofs.rank order by proofs.chance desc, proofs.book_id
        ) as runner_up_score
    from proofs
    left join rulings
        on
            proofs.client_id = rulings.client_id
            and proofs.record_key = rulings.key
            and proofs.book_key = rulings.other_key
            and rulings.verb = 'separate'
    where rulings.key is null
),

proven as (
    select * from ranked
    where chance >= {{ var('counterparty_chance_min') }}
    qualify
        row_number() over (
            partition by client_id, record_key order by rank, chance desc, book_id
        ) = 1
),

anchored as (
    select
        records.client_id,
        records.rail,
        records.kind,
        records.record_id,
        records.record_key,
        records.party_name,
        coalesce(records.clean_name, '') as clean_name,
        case
            when records.rail = 'qbo' then 'qbo:' || records.record_id
            when proven.book_id is not null then 'qbo:' || proven.book_id
            else records.rail || ':' || records.record_id
        end as anchor_key,
        coalesce(proven.rule, 'own record') as rule,
        coalesce(proven.chance, 1.0) as link_score,
        proven.runner_up_score,
        proven.evidence,
        proven.ruling_id
    from records
    left join proven on records.client_id = proven.client_id and records.record_key = proven.record_key
),

-- Two records of the books, or two that no book knows, which a person made one: the smallest key stands for all.
joined as (
    select distinct
        mine.client_id,
        mine.kind,
        mine.anchor_key,
        theirs.anchor_key as other_anchor_key,
        rulings.ruling_id
    from rulings
    inner join anchored as mine on rulings.client_id = mine.client_id and rulings.key = mine.record_key
    inner join anchored as theirs
        on rulings.client_id = theirs.client_id and rulings.other_key = theirs.record_key and mine.kind = theirs.kind
    where rulings.verb = 'join' and (mine.rail = 'qbo') = (theirs.rail = 'qbo')
),

reached as (
    with recursive walk as (
        select
            client_id,
            kind,
            anchor_key,
            other_anchor_key as reached_key
        from joined
        union
        select
            walk.client_id,
            walk.kind,
            walk.anchor_key,
            joined.other_anchor_key as reached_key
        from walk
        inner join joined
            on
                walk.client_id = joined.client_id
                and walk.kind = joined.kind
                and walk.reached_key = joined.anchor_key
    )

    select
        client_id,
        kind,
        anchor_key,
        -- A key of the books before any other.
        arg_min(reached_key, (not starts_with(reached_key, 'qbo:'), reached_key)) as first_key
    from walk
    group by client_id, kind, anchor_key
),

rulers as (
    select
        client_id,
        kind,
        anchor_key,
        min(ruling_id) as ruling_id
    from joined
    group by client_id, kind, anchor_key
)

select
    anchored.client_id,
    anchored.rail,
    anchored.kind,
    anchored.record_id,
    anchored.party_name,
    anchored.clean_name,
    {{ stable_id(['anchored.client_id', 'anchored.kind', 'coalesce(reached.first_key, anchored.anchor_key)']) }}
        as counterparty_id,
    case when rulers.ruling_id is not null then 'person' else anchored.rule end as rule,
    case when rulers.ruling_id is not null then 1.0 else anchored.link_score end as link_score,
    anchored.runner_up_score,
    anchored.evidence,
    coalesce(rulers.ruling_id, anchored.ruling_id) as ruling_id
from anchored
left join reached
    on
        anchored.client_id = reached.client_id
        and anchored.kind = reached.kind
        and anchored.anchor_key = reached.anchor_key
left join rulers
    on
        anchored.client_id = rulers.client_id
        and anchored.kind = rulers.kind
        and anchored.anchor_key = rulers.anchor_key
