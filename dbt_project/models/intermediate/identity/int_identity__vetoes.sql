-- One row per pair of records that links would make one event and that cannot be one, with why.
-- Only pairs inside one group of links are listed: elsewhere nothing has to be kept apart.
with grouped as (
    select
        groups.group_id,
        records.*,
        {{ record_key('records.rail', 'records.object_type', 'records.record_id') }} as record_key
    from {{ ref('int_identity__groups') }} as groups
    inner join {{ ref('int_identity__records') }} as records
        on
            groups.client_id = records.client_id
            and groups.rail = records.rail
            and groups.object_type = records.object_type
            and groups.record_id = records.record_id
),

rulings as (
    select * from {{ ref('stg_control__rulings') }}
    where verb = 'separate' and subject in ('event', 'match', 'counterparty')
),

-- Two records of one rail and type are two events: a rail writes one movement once. The two sides of a move between
-- accounts, a line and its pending self, the tries at one sale and what comes back on it are one on purpose.
same_rail_twice as (
    select
        one.client_id,
        one.group_id,
        one.record_key as left_key,
        other.record_key as right_key,
        'the same rail wrote both' as reason,
        cast(null as varchar) as ruling_id,
        2 as binding_order
    from grouped as one
    inner join grouped as other
        on
            one.group_id = other.group_id
            and one.rail = other.rail
            and one.object_type = other.object_type
            and one.record_id < other.record_id
    where
        one.object_type not in ('charge', 'refund', 'dispute')
        and one.own_event_id <> other.own_event_id
        and not (one.object_type = 'posting' and sign(one.amount_minor) = -sign(other.amount_minor))
),

debts_linked as (
    select
        client_id,
        {{ record_key('from_rail', 'from_object_type', 'from_record_id') }} as from_key,
        {{ record_key('to_rail', 'to_object_type', 'to_record_id') }} as to_key
    from {{ ref('int_identity__links') }}
    where is_whole and from_object_type = to_object_type and from_object_type in ('bill', 'invoice')
),

-- Bills and invoices carry their number from rail to rail. Where a link weighed a slip in it, that link stands.
numbers_apart as (
    select
        one.client_id,
        one.group_id,
        one.record_key as left_key,
        other.record_key as right_key,
        'their numbers differ' as reason,
        cast(null as varchar) as ruling_id,
        3 as binding_order
    from grouped as one
    inner join grouped as other
        on one.group_id = other.group_id and one.object_type = other.object_type and one.rail < other.rail
    left join debts_linked
        on
            one.client_id = debts_linked.client_id
            and least(one.record_key, other.record_key) = least(debts_linked.from_key, debts_linked.to_key)
            and greatest(one.record_key, other.record_key) = greatest(debts_linked.from_key, debts_linked.to_key)
    where
        one.object_type in ('bill', 'invoice')
        and one.reference <> other.reference
        and debts_linked.client_id is null
),

ruled_apart as (
    select
        one.client_id,
        one.group_id,
        one.record_key as left_key,
        other.record_key as right_key,
        'a person separated them' as reason,
        rulings.ruling_id,
        1 as binding_order
    from rulings
    inner join grouped as one
        on
            rulings.client_id = one.client_id
            and (
                rulings.left_key = one.record_key
                or (rulings.subject = 'counterparty' and rulings.left_key = one.party_key)
            )
    inner join grouped as other
        on
            one.group_id = other.group_id
            and (
                {{ ruled_record_key('rulings.subject', 'rulings.right_key') }} = other.record_key
                or (rulings.subject = 'counterparty' and rulings.right_key = other.party_key)
            )
    where one.record_key <> other.record_key
),

unioned as (
    select * from ruled_apart
    union all
    select * from same_rail_twice
    union all
    select * from numbers_apart
)

select
    client_id,
    group_id,
    least(left_key, right_key) as left_key,
    greatest(left_key, right_key) as right_key,
    reason,
    ruling_id,
    binding_order
from unioned
qualify
    row_number() over (
        partition by client_id, least(left_key, right_key), greatest(left_key, right_key)
        order by binding_order, ruling_id
    ) = 1
