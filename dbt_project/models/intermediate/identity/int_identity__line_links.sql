-- One row per bank line and record that it was matched with, by the engine or by a person.
-- One payment is seen by the books, Ramp and the bank: every rail's own match ties the line. Several records of one
-- rail inside one line, or one record paid by several lines, are parts, and the rule ends in "part".
with rulings as (
    select
        client_id,
        string_split(left_key, '|') as line_parts,
        string_split(right_key, '|') as document_parts
    from {{ ref('stg_control__rulings') }}
    where subject = 'match' and verb = 'join' and client_id is not null
),

unioned as (
    select
        client_id,
        posting_id_plaid,
        rail,
        kind,
        document_id,
        side,
        rule,
        score,
        false as is_ruled
    from {{ ref('int_reconciliation__picks') }}
    where status = 'matched'
    union all
    select
        client_id,
        array_to_string(line_parts[3:], '|'),
        document_parts[1],
        document_parts[2],
        array_to_string(document_parts[3:], '|'),
        null,
        'person',
        1.0,
        true
    from rulings
),

matches as (
    select
        client_id,
        posting_id_plaid,
        rail,
        kind,
        document_id,
        coalesce(max(side), '') as side,
        max(rule) as rule,
        max(score) as score,
        bool_or(is_ruled) as is_ruled
    from unioned
    group by client_id, posting_id_plaid, rail, kind, document_id
),

judged as (
    select
        *,
        count(*) over (partition by client_id, posting_id_plaid, rail) = 1
        and count(*) over (partition by client_id, rail, kind, document_id, side) = 1 as is_whole
    from matches
)

select
    client_id,
    'plaid' as from_rail,
    'posting' as from_object_type,
    posting_id_plaid as from_record_id,
    rail as to_rail,
    {{ object_type_of('rail', 'kind') }} as to_object_type,
    document_id as to_record_id,
    case when is_ruled then 'person' else 'reconciled: ' || rule end || case when is_whole then '' else ', part' end
        as rule,
    is_ruled as is_hard,
    cast(case when is_ruled then 1.0 else score end as double) as link_score
from judged
