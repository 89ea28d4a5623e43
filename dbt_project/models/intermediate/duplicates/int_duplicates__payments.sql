-- One row per payment that looks like a second payment of a debt, with the payment or the bill that it repeats.
-- Three ways: it names a bill that was paid already; it pays the same amount to the same party again while no bill
-- asks for it; or it pays a bill that is itself a copy. Equal payments of equal bills (rent) are none of these.
with links as (
    select * from {{ ref('int_counterparties__links') }}
),

bills as (
    select
        bills.client_id,
        bills.bill_id_qbo,
        coalesce(links.counterparty_id, 'qbo:' || bills.vendor_id_qbo) as counterparty_id,
        {{ document_number('bills.invoice_number') }} as number,
        bills.invoice_number,
        bills.bill_date,
        bills.total_minor,
        bills.currency_code
    from {{ ref('stg_qbo__bills') }} as bills
    left join links
        on
            bills.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'vendor'
            and bills.vendor_id_qbo = links.record_id
),

-- A payment that settles one bill as a whole is the payment of that debt.
settled as (
    select
        lines.client_id,
        lines.bill_payment_id_qbo,
        lines.bill_id_qbo,
        bills.counterparty_id,
        bills.number,
        bills.invoice_number,
        bills.total_minor as amount_minor,
        bills.currency_code,
        payments.payment_date
    from {{ ref('stg_qbo__bill_payment_lines') }} as lines
    inner join {{ ref('stg_qbo__bill_payments') }} as payments
        on
            lines.client_id = payments.client_id
            and lines.bill_payment_id_qbo = payments.bill_payment_id_qbo
    inner join bills
        on lines.client_id = bills.client_id and lines.bill_id_qbo = bills.bill_id_qbo
    where lines.applied_minor = bills.total_minor and payments.amount_minor < 0
),

-- Money out that settles no bill: a purchase in the books, or a bank line that nothing in the books explains.
loose as (
    select
        purchases.client_id,
        'qbo' as rail,
        'purchase' as object_type,
        purchases.purchase_id_qbo as record_id,
        links.counterparty_id,
        -purchases.amount_minor as amount_minor,
        purchases.currency_code,
        purchases.purchase_date as payment_date,
        {{ text_mark("concat_ws(' ', purchases.memo, purchases.reference)") }} as text_plain
    from {{ ref('stg_qbo__purchases') }} as purchases
    inner join links
        on
            purchases.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'vendor'
            and purchases.counterparty_id_qbo = links.record_id
    where purchases.counterparty_kind = 'vendor' and purchases.amount_minor < 0

    union all

    select
        postings.client_id,
        'plaid' as rail,
        'posting' as object_type,
        postings.posting_id_plaid as record_id,
        postings.counterparty_id,
        -postings.amount_minor as amount_minor,
        postings.currency_code,
        postings.posted_date as payment_date,
        {{ text_mark("concat_ws(' ', postings.description, postings.reference)") }}
            as text_plain
    from {{ ref('int_reconciliation__postings') }} as postings
    inner join {{ ref('int_reconciliation__matches') }} as matches
        on
            postings.client_id = matches.client_id
            and postings.posting_id_plaid = matches.posting_id_plaid
    where postings.amount_minor < 0 and postings.counterparty_id is not null and matches.status = 'unmatched'
),

-- A payment whose own bank line is not known yet may be this very line.
seen_at_bank as (
    select distinct
        client_id,
        document_id
    from {{ ref('int_reconciliation__picks') }}
    where kind = 'bill_payment' and rail = 'qbo' and status = 'matched'
),

again as (
    select
        loose.*,
        settled.bill_payment_id_qbo as other_record_id,
        settled.bill_id_qbo,
        settled.invoice_number,
        settled.payment_date as other_date,
        abs(date_diff('day', settled.payment_date, loose.payment_date)) as days_apart,
        coalesce(length(settled.number) >= 4 and contains(loose.text_plain, settled.number), false) as is_named
    from loose
    inner join settled
        on
            loose.client_id = settled.client_id
            and loose.counterparty_id = settled.counterparty_id
            and loose.amount_minor = settled.amount_minor
            and loose.currency_code = settled.currency_code
    left join seen_at_bank
        on
            settled.client_id = seen_at_bank.client_id
            and settled.bill_payment_id_qbo = seen_at_bank.document_id
    where
        abs(date_diff('day', settled.payment_date, loose.payment_date)) <= 60
        and (loose.rail = 'qbo' or seen_at_bank.document_id is not null)
),

-- A fixed fee whose bill is missing is paid like this too, a whole period later: the usual days between equal bills.
rhythms as (
    select
        client_id,
        counterparty_id,
        total_minor,
        count(*) as bill_count,
        date_diff('day', min(bill_date), max(bill_date)) / nullif(count(*) - 1, 0) as days_between
    from bills
    where bill_date <= {{ as_of_date() }}
    group by client_id, counterparty_id, total_minor
),

judged as (
    select
        again.client_id,
        again.rail,
        again.object_type,
        again.record_id,
        'bill_payment' as other_object_type,
        again.other_record_id,
        again.amount_minor,
        again.currency_code,
        again.payment_date,
        case when again.is_named then 'names a paid bill' else 'no bill asks for it' end as rule,
        case when again.is_named then 0.97 else 0.85 end as payment_score,
        again.days_apart,
        case
            when again.is_named
                then 'It names invoice ' || again.invoice_number || ', which was paid on '
            else
                'No bill asks for it, and the same amount was paid for invoice '
                || coalesce(again.invoice_number, 'without a number') || ' on '
        end || strftime(again.other_date, '%d %b %Y') || '.' as evidence
    from again
    inner join rhythms
        on
            again.client_id = rhythms.client_id
            and again.counterparty_id = rhythms.counterparty_id
            and again.amount_minor = rhythms.total_minor
    where
        again.is_named
        or (again.days_apart <= 21 and (rhythms.bill_count < 3 or again.days_apart <= 0.6 * rhythms.days_between))

    union all

    select
        settled.client_id,
        'qbo' as rail,
        'bill_payment' as object_type,
        settled.bill_payment_id_qbo as record_id,
        'bill' as other_object_type,
        copies.duplicate_of_bill_id_qbo as other_record_id,
        settled.amount_minor,
        settled.currency_code,
        settled.payment_date,
        'pays a copy' as rule,
        copies.copy_score as payment_score,
        0 as days_apart,
        'It pays a bill that repeats another one. ' || copies.evidence as evidence
    from settled
    inner join {{ ref('int_duplicates__bills') }} as copies
        on settled.client_id = copies.client_id and settled.bill_id_qbo = copies.bill_id_qbo
    -- Nothing is lost as long as the other one was not paid.
    inner join settled as originals
        on
            copies.client_id = originals.client_id
            and copies.duplicate_of_bill_id_qbo = originals.bill_id_qbo
)

select
    client_id,
    rail,
    object_type,
    record_id,
    other_object_type,
    other_record_id,
    amount_minor,
    currency_code,
    payment_date,
    rule,
    payment_score,
    evidence
from judged
where payment_date <= {{ as_of_date() }}
qualify
    row_number()
        over (
            partition by client_id, rail, object_type, record_id
            order by payment_score desc, days_apart, other_record_id
        )
    = 1
