-- One row per check that nothing in the books explains, with the vendor that it most likely paid.
-- A bank names no payee on a check. Vendors that this client pays by check are tried by usual amount; when not
-- exactly one of them fits, the payee stays empty and a person looks at the check's image.
with postings as (
    select * from {{ ref('int_reconciliation__postings') }}
    where amount_minor < 0 and counterparty_id is null
),

matches as (
    select * from {{ ref('int_reconciliation__matches') }}
),

check_payments as (
    select
        postings.client_id,
        documents.counterparty_id,
        -postings.amount_minor as amount_minor,
        postings.posted_date
    from postings
    inner join matches
        on postings.client_id = matches.client_id and postings.posting_id_plaid = matches.posting_id_plaid
    inner join {{ ref('int_reconciliation__documents') }} as documents
        on
            matches.client_id = documents.client_id
            and matches.matched_rail = documents.rail
            and matches.matched_kind = documents.kind
            and matches.matched_id = documents.document_id
    where matches.status = 'matched' and matches.matched_kind = 'bill_payment' and documents.counterparty_id is not null
),

payees as (
    select
        client_id,
        counterparty_id,
        count(*) as times_seen,
        cast(median(amount_minor) as bigint) as usual_minor
    from check_payments
    group by client_id, counterparty_id
    having count(*) >= 2
),

writers as (
    select
        client_id,
        count(*) as check_count
    from check_payments
    group by client_id
),

unexplained as (
    select
        postings.client_id,
        postings.posting_id_plaid,
        -postings.amount_minor as amount_minor,
        postings.posted_date
    from postings
    inner join matches
        on postings.client_id = matches.client_id and postings.posting_id_plaid = matches.posting_id_plaid
    -- A client that pays bills by check: for others a stray check may be anything.
    inner join writers on postings.client_id = writers.client_id and writers.check_count >= 3
    where matches.status = 'unmatched' and regexp_matches(upper(postings.description), '^\s*(CHECK|CHK|SHARE DRAFT)\b')
),

fitting as (
    select
        unexplained.client_id,
        unexplained.posting_id_plaid,
        payees.counterparty_id,
        payees.times_seen,
        payees.usual_minor
    from unexplained
    inner join payees on unexplained.client_id = payees.client_id
    -- Whoever was paid in the same week is not waiting for this check.
    left join check_payments as recent
        on
            payees.client_id = recent.client_id
            and payees.counterparty_id = recent.counterparty_id
            and abs(date_diff('day', recent.posted_date, unexplained.posted_date)) <= 6
    where
        recent.client_id is null
        and abs(unexplained.amount_minor - payees.usual_minor) <= 0.25 * payees.usual_minor
)

select
    unexplained.client_id,
    unexplained.posting_id_plaid,
    case when count(fitting.counterparty_id) = 1 then min(fitting.counterparty_id) end as counterparty_id,
    case when count(fitting.counterparty_id) = 1 then min(fitting.usual_minor) end as usual_minor,
    cast(coalesce(case when count(fitting.counterparty_id) = 1 then min(fitting.times_seen) end, 0) as integer)
        as times_seen,
    cast(count(fitting.counterparty_id) as integer) as payee_count
from unexplained
left join fitting
    on
        unexplained.client_id = fitting.client_id
        and unexplained.posting_id_plaid = fitting.posting_id_plaid
group by unexplained.client_id, unexplained.posting_id_plaid
