-- One row per bank line and record of equal amount near each other in time, with a score of 0 to 100+.
-- Equal but for Stripe's own fees counts too, and so does whatever a person has put together.
-- Client, amount and currency are the join key, so the work grows with the lines and not with their square.
with postings as (
    select
        *,
        -- Equal lines of one day are told apart by their place only, so equals can be paired off in order.
        row_number() over (
            partition by client_id, account_id_plaid, amount_minor, posted_date, counterparty_id
            order by posting_id_plaid
        ) as place_among_equals
    from {{ ref('int_reconciliation__postings') }}
),

documents as (
    select
        *,
        row_number() over (
            partition by client_id, rail, kind, side, amount_minor, document_date, counterparty_id order by document_id
        ) as place_among_equals
    from {{ ref('int_reconciliation__documents') }}
),

pairs as (
    select
        postings.client_id,
        postings.posting_id_plaid,
        postings.posted_date,
        postings.account_id_plaid,
        postings.counterparty_id as posting_counterparty_id,
        documents.rail,
        documents.kind,
        documents.document_id,
        documents.side,
        documents.document_date,
        documents.counterparty_id as document_counterparty_id,
        date_diff('day', documents.document_date, postings.posted_date) as days_later,
        postings.place_among_equals = documents.place_among_equals as is_same_place,
        coalesce(
            postings.reference = documents.reference
            or (length(documents.reference) >= 4 and contains(postings.description, documents.reference)),
            false
        ) as is_reference_equal,
        postings.counterparty_id = documents.counterparty_id as is_counterparty_equal,
        coalesce(counterparties_posting.is_of_books and counterparties_document.is_of_books, false)
            as are_both_of_books,
        contains(upper(postings.description), 'STRIPE') as names_stripe,
        contains(upper(postings.description), 'RAMP') as names_ramp
    from postings
    inner join documents
        on
            postings.client_id = documents.client_id
            and postings.amount_minor = documents.amount_minor
            and postings.currency_code = documents.currency_code
    left join (
        select distinct
            client_id,
            counterparty_id,
            true as is_of_books
        from {{ ref('int_counterparties__parties') }}
    ) as counterparties_posting
        on
            postings.client_id = counterparties_posting.client_id
            and postings.counterparty_id = counterparties_posting.counterparty_id
    left join (
        select distinct
            client_id,
            counterparty_id,
            true as is_of_books
        from {{ ref('int_counterparties__parties') }}
    ) as counterparties_document
        on
            documents.client_id = counterparties_document.client_id
            and documents.counterparty_id = counterparties_document.counterparty_id
    -- A check may take two weeks to be cashed; a record dated after its line is a late entry.
    where date_diff('day', documents.document_date, postings.posted_date) between -7 and 14
),

scored as (
    select
        *,
        60
        + case when days_later >= 0 then greatest(30 - 3 * days_later, -12) else greatest(30 + 5 * days_later, -12) end
        + case when is_reference_equal then 40 else 0 end
        + case
            when is_counterparty_equal then 25
            -- Both sides name a party that the books know, and they are not the same.
            when are_both_of_books then -40
            else 0
        end
        + case
            when rail = 'stripe' then case when names_stripe then 20 else -30 end
            when rail = 'ramp' then case when names_ramp then 10 else -15 end
            else 0
        end as score
    from pairs
),

-- Books that leave Stripe's fees out hold a payout's sales before fees; Stripe's own lines say what was kept back.
before_fees as (
    select
        payouts.client_id,
        postings.posting_id_plaid,
        postings.posted_date,
        postings.account_id_plaid,
        postings.counterparty_id as posting_counterparty_id,
        'qbo' as rail,
        documents.kind,
        documents.document_id,
        documents.side,
        documents.document_date,
        documents.counterparty_id as document_counterparty_id,
        date_diff('day', documents.document_date, postings.posted_date) as days_later,
        true as is_same_place,
        false as is_reference_equal,
        false as is_counterparty_equal,
        false as are_both_of_books,
        true as names_stripe,
        false as names_ramp,
        100 - 5 * abs(date_diff('day', documents.document_date, postings.posted_date)) as score,
        payouts.amount_minor - payouts.gross_minor as fee_minor
    from {{ ref('int_reconciliation__payout_sums') }} as payouts
    inner join postings
        on
            payouts.client_id = postings.client_id
            and payouts.amount_minor = postings.amount_minor
            and payouts.currency_code = postings.currency_code
            and contains(upper(postings.description), 'STRIPE')
    inner join documents
        on
            payouts.client_id = documents.client_id
            and payouts.gross_minor = documents.amount_minor
            and payouts.currency_code = documents.currency_code
            and documents.kind = 'deposit'
    where
        payouts.unexplained_minor = 0
        and payouts.gross_minor <> payouts.amount_minor
        and date_diff('day', payouts.arrival_date, postings.posted_date) between -1 and 5
        and date_diff('day', documents.document_date, postings.posted_date) between -7 and 7
    qualify
        row_number() over (
            partition by payouts.client_id, postings.posting_id_plaid, documents.document_id
            order by abs(date_diff('day', payouts.arrival_date, postings.posted_date)), payouts.payout_id_stripe
        ) = 1
),

rulings as (
    select
        client_id,
        left_key,
        right_key,
        verb
    from {{ ref('stg_control__rulings') }}
    where subject = 'match' and client_id is not null
    -- A person's last word on a pair stands.
    qualify
        row_number() over (
            partition by client_id, left_key, right_key order by decided_at desc, ruling_id desc
        ) = 1
),

-- A bill that the books hold open may be what a person saw in a line.
all_documents as (
    select
        client_id,
        rail,
        kind,
        document_id,
        side,
        document_date,
        counterparty_id
    from {{ ref('int_reconciliation__documents') }}
    union all
    select
        client_id,
        'qbo' as rail,
        'bill' as kind,
        bill_id_qbo as document_id,
        'out' as side,
        bill_date as document_date,
        counterparty_id
    from {{ ref('int_reconciliation__bills') }}
),

-- What people have said belongs together, whatever the amounts and days.
confirmed as (
    select
        postings.client_id,
        postings.posting_id_plaid,
        postings.posted_date,
        postings.account_id_plaid,
        postings.counterparty_id as posting_counterparty_id,
        documents.rail,
        documents.kind,
        documents.document_id,
        documents.side,
        documents.document_date,
        documents.counterparty_id as document_counterparty_id,
        date_diff('day', documents.document_date, postings.posted_date) as days_later,
        true as is_same_place,
        false as is_reference_equal,
        coalesce(postings.counterparty_id = documents.counterparty_id, false) as is_counterparty_equal,
        false as are_both_of_books,
        false as names_stripe,
        false as names_ramp,
        1000 as score,
        cast(0 as bigint) as fee_minor
    from rulings
    inner join postings
        on
            rulings.client_id = postings.client_id
            and rulings.left_key = concat_ws('|', 'plaid', 'posting', postings.posting_id_plaid)
    inner join all_documents as documents
        on
            rulings.client_id = documents.client_id
            and rulings.right_key = concat_ws('|', documents.rail, documents.kind, documents.document_id)
            and (postings.amount_minor < 0) = (documents.side = 'out')
    where rulings.verb = 'join'
),

unioned as (
    select
        *,
        case
            when is_reference_equal then 'amount and reference'
            when is_counterparty_equal then 'amount and name'
            -- Seventy: equal amount and at most six days, or nearer proof.
            when score >= 70 then 'amount and date'
            else 'amount alone'
        end as rule
    from (
        select
            *,
            cast(0 as bigint) as fee_minor
        from scored
    ) as with_fees
    union all by name
    select
        *,
        'payout before fees' as rule
    from before_fees
    union all by name
    select
        *,
        'person' as rule
    from confirmed
)

select
    unioned.*,
    -- Six points are about one unit of log odds; forty-eight are even odds.
    (unioned.score - 48) / 6.0 as weight,
    -- Equals cannot be told apart by anything that matters: they never count as each other's runner-up.
    hash(unioned.kind, unioned.document_date, unioned.document_counterparty_id) as document_twin,
    hash(unioned.account_id_plaid, unioned.posted_date, unioned.posting_counterparty_id) as posting_twin
from unioned
left join rulings
    on
        unioned.client_id = rulings.client_id
        and rulings.left_key = concat_ws('|', 'plaid', 'posting', unioned.posting_id_plaid)
        and rulings.right_key = concat_ws('|', unioned.rail, unioned.kind, unioned.document_id)
where coalesce(rulings.verb, '') <> 'separate'
-- A confirmed pair of equal amount is a candidate twice; the person's word is kept.
qualify
    row_number() over (
        partition by
            unioned.client_id,
            unioned.posting_id_plaid,
            unioned.rail,
            unioned.kind,
            unioned.document_id,
            unioned.side
        order by unioned.score desc
    ) = 1
