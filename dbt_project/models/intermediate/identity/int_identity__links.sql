-- One row per pair of records that show the same money, with the rule that says so and the evidence.
-- A hard link was written by a rail or by a person; a soft one was inferred and has a probability for its score.
-- A rule that ends in "part" says that one record is a part of the other: a sale in a payout, a bill in a payment of
-- several. A part is not the whole, so such links are shown but do not join events.
with stated as (
    select * from {{ ref('int_identity__book_links') }}
    union all
    select * from {{ ref('int_identity__stripe_links') }}
    union all
    select * from {{ ref('int_identity__kept_id_links') }}
),

rulings as (
    select
        client_id,
        string_split(left_key, '|') as left_parts,
        string_split(right_key, '|') as right_parts
    from {{ ref('stg_control__rulings') }}
    where subject = 'event' and verb = 'join' and client_id is not null
),

unioned as (
    select
        *,
        true as is_hard,
        1.0 as link_score
    from stated
    union all
    select
        client_id,
        left_parts[1],
        left_parts[2],
        array_to_string(left_parts[3:], '|'),
        right_parts[1],
        right_parts[2],
        array_to_string(right_parts[3:], '|'),
        'person',
        true,
        1.0
    from rulings
    union all
    select * from {{ ref('int_identity__line_links') }}
    union all
    select
        client_id,
        'ramp',
        'bill',
        bill_id_ramp,
        'qbo',
        'bill',
        bill_id_qbo,
        rule,
        false,
        link_score
    from {{ ref('int_identity__bill_pairs') }}
    union all
    select
        client_id,
        'stripe',
        'invoice',
        invoice_id_stripe,
        'qbo',
        'invoice',
        invoice_id_qbo,
        'customer, number and amount',
        false,
        link_score
    from {{ ref('int_identity__invoice_pairs') }}
    union all
    select
        client_id,
        'ramp',
        'transaction',
        transaction_id_ramp,
        'qbo',
        'purchase',
        purchase_id_qbo,
        'card purchase in the books',
        false,
        link_score
    from {{ ref('int_identity__card_pairs') }}
    union all
    select
        client_id,
        'ramp',
        'reimbursement',
        reimbursement_id_ramp,
        'qbo',
        'purchase',
        purchase_id_qbo,
        'reimbursement in the books',
        false,
        link_score
    from {{ ref('int_identity__reimbursement_pairs') }}
    union all
    select
        client_id,
        'plaid',
        'posting',
        posting_id_out,
        'plaid',
        'posting',
        posting_id_in,
        'own transfer',
        false,
        1.0 - 0.05 * days_apart
    from {{ ref('int_reconciliation__own_transfers') }}
),

records as (
    select * from {{ ref('int_identity__records') }}
)

-- Both ends must still stand: a deleted record links nothing. Of several links of one pair the strongest speaks.
select
    unioned.client_id,
    unioned.from_rail,
    unioned.from_object_type,
    unioned.from_record_id,
    unioned.to_rail,
    unioned.to_object_type,
    unioned.to_record_id,
    from_records.record_place as from_place,
    to_records.record_place as to_place,
    unioned.rule,
    unioned.is_hard,
    unioned.rule not like '%part' as is_whole,
    cast(unioned.link_score as double) as link_score,
    abs(from_records.amount_minor) = abs(to_records.amount_minor) as is_amount_equal,
    abs(date_diff('day', from_records.record_date, to_records.record_date)) as days_apart,
    from_records.reference = to_records.reference as is_reference_equal,
    from_records.counterparty_id = to_records.counterparty_id as is_counterparty_equal
from unioned
inner join records as from_records
    on
        unioned.client_id = from_records.client_id
        and unioned.from_rail = from_records.rail
        and unioned.from_object_type = from_records.object_type
        and unioned.from_record_id = from_records.record_id
inner join records as to_records
    on
        unioned.client_id = to_records.client_id
        and unioned.to_rail = to_records.rail
        and unioned.to_object_type = to_records.object_type
        and unioned.to_record_id = to_records.record_id
where from_records.record_place <> to_records.record_place
qualify
    row_number() over (
        partition by
            least(from_records.record_place, to_records.record_place),
            greatest(from_records.record_place, to_records.record_place)
        order by
            unioned.rule like 'person%' desc,
            unioned.rule not like '%part' desc,
            unioned.is_hard desc,
            unioned.link_score desc,
            unioned.rule,
            -- Two people may have said the same from either end.
            from_records.record_place
    ) = 1
