-- One row per claim of a rail in the measured span, and per hygiene item that stands for cash flow that no rail shows:
-- how many of its dollars are unproven, uncategorized and stale, and which item each lost dollar belongs to.
with claims as (
    select *
    from {{ ref('int_quality__claims') }}
    where is_in_window and not is_waiting
),

items as (
    select *
    from {{ ref('int_hygiene__decided') }}
    where counts_in_score
),

rail_items as (
    select
        client_id,
        rail,
        min(hygiene_item_id) as hygiene_item_id
    from items
    where kind in ('stale_rail', 'failed_rail', 'absent_rail')
    group by client_id, rail
),

health as (
    select
        client_id,
        rail,
        fresh_pct,
        min(case when rail = 'plaid' then fresh_pct end) over (partition by client_id) as bank_fresh_pct
    from {{ ref('int_quality__rail_health') }}
),

-- A record may be doubted for two reasons; one that still stands goes first.
doubts as (
    select *
    from items
    where claim_kind is not null and kind <> 'uncategorized'
    qualify row_number() over (
        partition by client_id, rail, claim_kind, claim_id
        order by is_failing desc, amount_minor desc, hygiene_item_id asc
    ) = 1
),

uncategorized as (
    select *
    from items
    where kind = 'uncategorized' and is_failing
),

judged as (
    select
        claims.client_id,
        claims.rail,
        claims.kind,
        claims.record_id,
        claims.amount_minor,
        case
            when doubts.hygiene_item_id is not null then doubts.hygiene_item_id
            -- Without a bank there is nothing to prove it by.
            when not claims.is_proven then bank_items.hygiene_item_id
        end as unproven_item_id,
        case
            when coalesce(doubts.is_failing, false) and claims.is_proven
                then least(coalesce(doubts.amount_minor, claims.amount_minor), claims.amount_minor)
            -- Whoever said what an unproven record was for has proven it.
            when coalesce(doubts.is_failing, true) then claims.unproven_minor
            else 0
        end as unproven_minor,
        uncategorized.hygiene_item_id as uncategorized_item_id,
        coalesce(uncategorized.amount_minor, 0) as uncategorized_minor
    from claims
    left join doubts
        on
            claims.client_id = doubts.client_id
            and claims.rail = doubts.rail
            and claims.kind = doubts.claim_kind
            and claims.record_id = doubts.claim_id
    left join uncategorized
        on
            claims.client_id = uncategorized.client_id
            and claims.rail = uncategorized.rail
            and claims.kind = uncategorized.claim_kind
            and claims.record_id = uncategorized.claim_id
    left join rail_items as bank_items
        on claims.client_id = bank_items.client_id and bank_items.rail = 'plaid'

    union all

    -- What should be there and is not: a record that vanished, a bill that did not come.
    select
        client_id,
        rail,
        kind,
        hygiene_item_id as record_id,
        amount_minor,
        hygiene_item_id as unproven_item_id,
        amount_minor as unproven_minor,
        cast(null as varchar) as uncategorized_item_id,
        0 as uncategorized_minor
    from items
    where
        is_failing
        and claim_kind is null
        and kind not in ('stale_rail', 'failed_rail', 'absent_rail')
        and amount_minor > 0
),

known as (
    select
        judged.* exclude (uncategorized_minor),
        least(judged.uncategorized_minor, judged.amount_minor - judged.unproven_minor) as uncategorized_minor,
        judged.amount_minor
        - judged.unproven_minor
        - least(judged.uncategorized_minor, judged.amount_minor - judged.unproven_minor) as known_minor,
        rail_items.hygiene_item_id as stale_item_id,
        coalesce(health.fresh_pct, 0) as fresh_pct,
        least(coalesce(health.fresh_pct, 0), coalesce(health.bank_fresh_pct, 0)) as ready_pct
    from judged
    left join health
        on judged.client_id = health.client_id and judged.rail = health.rail
    left join rail_items
        on judged.client_id = rail_items.client_id and judged.rail = rail_items.rail
)

select
    client_id,
    rail,
    kind,
    record_id,
    cast(amount_minor as bigint) as amount_minor,
    cast(unproven_minor as bigint) as unproven_minor,
    unproven_item_id,
    cast(uncategorized_minor as bigint) as uncategorized_minor,
    uncategorized_item_id,
    cast(known_minor - known_minor * fresh_pct // 100 as bigint) as stale_minor,
    stale_item_id,
    cast(known_minor * fresh_pct // 100 as bigint) as good_minor,
    cast(known_minor * ready_pct // 100 as bigint) as ready_minor
from known
