-- One row per money line and the latest ruling of a person that says which account it belongs to.
-- A ruling about the record beats one about its counterparty, and that beats one about its text; the client's own
-- beats the firm's, whose account is named, because each client's chart has its own ids.
with lines as (
    select
        lines.*,
        clients.advisor_id
    from {{ ref('int_categories__lines') }} as lines
    inner join {{ ref('stg_control__clients') }} as clients
        on lines.client_id = clients.client_id
),

keyed as (
    select
        client_id,
        advisor_id,
        rail,
        object_type,
        record_id,
        unnest([
            rail || '|' || object_type || '|' || record_id, 'counterparty|' || counterparty_id, 'text|' || clean_name
        ]) as left_key,
        unnest([1, 2, 3]) as width
    from lines
),

rulings as (
    select * from {{ ref('stg_control__rulings') }}
    where subject = 'category' and verb in ('assign', 'join')
),

accounts as (
    select
        client_id,
        account_id_qbo,
        account_name
    from {{ ref('stg_qbo__accounts') }}
    where is_active
)

select
    keyed.client_id,
    keyed.rail,
    keyed.object_type,
    keyed.record_id,
    accounts.account_id_qbo,
    accounts.account_name,
    rulings.ruling_id,
    rulings.client_id is not null as is_clients_own,
    rulings.decided_at,
    rulings.decided_by_name,
    rulings.reason
from keyed
inner join rulings
    on
        keyed.advisor_id = rulings.advisor_id
        and keyed.left_key = rulings.left_key
        and (rulings.client_id is null or keyed.client_id = rulings.client_id)
-- An account that was closed since, or that this client's chart does not have, cannot be proposed.
inner join accounts
    on
        keyed.client_id = accounts.client_id
        and (
            rulings.client_id is null and rulings.right_key = accounts.account_name
            or rulings.client_id is not null and rulings.right_key = accounts.account_id_qbo
        )
qualify row_number() over (
    partition by keyed.client_id, keyed.rail, keyed.object_type, keyed.record_id
    order by
        (rulings.client_id is not null) desc, keyed.width asc, rulings.decided_at desc, rulings.ruling_id asc,
        accounts.account_id_qbo asc
) = 1
