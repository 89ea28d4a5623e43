-- One row per firm, name and account name: how many of the firm's clients code that name so.
-- Each client has one vote, its usual account; a client with many lines does not outvote the rest.
with names as (
    select distinct
        client_id,
        counterparty_id,
        clean_name
    from {{ ref('int_categories__codings') }}
    where counterparty_id is not null and clean_name is not null
),

votes as (
    select distinct
        clients.advisor_id,
        names.client_id,
        names.clean_name,
        memory.account_name,
        memory.record_count
    from {{ ref('int_categories__memory') }} as memory
    inner join names
        on memory.client_id = names.client_id and memory.counterparty_id = names.counterparty_id
    inner join {{ ref('stg_control__clients') }} as clients
        on memory.client_id = clients.client_id
    where memory.place = 1 and memory.account_name is not null
)

select
    advisor_id,
    clean_name,
    account_name,
    count(distinct client_id) as client_count,
    sum(count(distinct client_id)) over (partition by advisor_id, clean_name) as client_count_all,
    list(distinct client_id order by client_id) as client_ids
from votes
group by advisor_id, clean_name, account_name
