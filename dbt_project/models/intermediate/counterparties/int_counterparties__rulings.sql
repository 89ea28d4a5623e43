-- One row per client, key and other key of a person's ruling on counterparties, from either end.
-- A ruling of the whole firm holds for each of its clients; the client's own word, then the later word, comes first.
with rulings as (
    select * from {{ ref('stg_control__rulings') }}
    where subject = 'counterparty' and verb in ('join', 'separate')
),

scoped as (
    select
        clients.client_id,
        rulings.client_id is not null as is_client_memory,
        rulings.ruling_id,
        rulings.verb,
        {{ text_key('rulings.left_key') }} as left_key,
        {{ text_key('rulings.right_key') }} as right_key,
        rulings.decided_at
    from rulings
    inner join {{ ref('stg_control__clients') }} as clients
        on
            rulings.advisor_id = clients.advisor_id
            and (rulings.client_id is null or rulings.client_id = clients.client_id)
),

ends as (
    select
        client_id,
        left_key as key,
        right_key as other_key,
        verb,
        ruling_id,
        is_client_memory,
        decided_at
    from scoped

    union all

    select
        client_id,
        right_key as key,
        left_key as other_key,
        verb,
        ruling_id,
        is_client_memory,
        decided_at
    from scoped
)

select
    client_id,
    key,
    other_key,
    verb,
    ruling_id,
    is_client_memory,
    decided_at
from ends
qualify
    row_number() over (
        partition by client_id, key, other_key
        order by is_client_memory desc, decided_at desc, ruling_id desc
    ) = 1
