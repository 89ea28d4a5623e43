-- One row per client and party that it pays or is paid by, whatever rails it appears in.
with named as (
    select
        client_id,
        counterparty_id,
        party_name as counterparty_name,
        kind,
        -- The books' own spelling is the one that the client knows.
        case rail when 'qbo' then 1 when 'ramp' then 2 else 3 end as preference
    from {{ ref('int_counterparties__parties') }}

    union all

    select distinct
        client_id,
        counterparty_id,
        clean_name as counterparty_name,
        kind,
        4 as preference
    from {{ ref('int_counterparties__texts') }}
    -- Its own party, or one that a person made of several texts.
    where counterparty_id not in (select known.counterparty_id from {{ ref('int_counterparties__parties') }} as known)
)

select
    client_id,
    counterparty_id,
    arg_min(counterparty_name, (preference, counterparty_name)) as counterparty_name,
    kind
from named
group by client_id, counterparty_id, kind
