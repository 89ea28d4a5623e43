-- One row per bank line and record of equal amount near each other in time, with a score of 0 to 100+.
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
)

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
