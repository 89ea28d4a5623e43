-- One row per payment to a regular party that no bill, bill payment or purchase in the books explains.
-- Payroll, taxes, fees, owners' money, loans, card statements and own transfers need no bill and are left out.
with links as (
    select * from {{ ref('int_counterparties__links') }}
),

counterparties as (
    select * from {{ ref('int_counterparties__counterparties') }}
    where kind = 'vendor'
),

outflows as (
    select
        postings.client_id,
        postings.posting_id_plaid,
        postings.posting_id_plaid as record_id,
        'plaid' as rail,
        postings.counterparty_id,
        -postings.amount_minor as amount_minor,
        postings.currency_code,
        postings.posted_date as spent_date,
        upper(coalesce(postings.description, '')) as description_upper,
        coalesce(postings.category_detailed, '') as category_detailed,
        matches.status = 'unmatched' as is_unexplained
    from {{ ref('int_reconciliation__postings') }} as postings
    inner join {{ ref('int_reconciliation__matches') }} as matches
        on
            postings.client_id = matches.client_id
            and postings.posting_id_plaid = matches.posting_id_plaid
    where postings.amount_minor < 0 and postings.counterparty_id is not null and matches.status <> 'own_transfer'

    union all

    select
        transactions.client_id,
        cast(null as varchar) as posting_id_plaid,
        transactions.transaction_id_ramp as record_id,
        'ramp' as rail,
        links.counterparty_id,
        -transactions.amount_minor as amount_minor,
        transactions.currency_code,
        cast(transactions.transacted_at as date) as spent_date,
        upper(coalesce(transactions.merchant_descriptor, '')) as description_upper,
        '' as category_detailed,
        pairs.transaction_id_ramp is null as is_unexplained
    from {{ ref('stg_ramp__transactions') }} as transactions
    inner join links
        on
            transactions.client_id = links.client_id
            and links.rail = 'ramp'
            and links.object_type = 'transaction'
            and transactions.transaction_id_ramp = links.record_id
    left join {{ ref('int_identity__card_pairs') }} as pairs
        on
            transactions.client_id = pairs.client_id
            and transactions.transaction_id_ramp = pairs.transaction_id_ramp
    where transactions.amount_minor < 0 and transactions.state = 'CLEARED'
),

bills as (
    select
        bills.client_id,
        links.counterparty_id,
        bills.bill_date,
        bills.total_minor,
        bills.open_minor,
        bills.currency_code
    from {{ ref('stg_qbo__bills') }} as bills
    inner join links
        on
            bills.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'vendor'
            and bills.vendor_id_qbo = links.record_id
),

billed as (
    select
        client_id,
        counterparty_id,
        count(*) as bill_count,
        cast(median(total_minor) as bigint) as usual_minor
    from bills
    where bill_date <= {{ as_of_date() }}
    group by client_id, counterparty_id
),

spent as (
    select
        client_id,
        counterparty_id,
        count(*) as times_seen,
        cast(median(amount_minor) as bigint) as usual_minor,
        -- Months with a payment over months between the first and the last: one says every month.
        count(distinct date_trunc('month', spent_date))
        / (date_diff('month', min(spent_date), max(spent_date)) + 1.0) as monthly_share
    from outflows
    group by client_id, counterparty_id
),

-- Distinct texts only: the patterns are the costly step.
exempt_texts as (
    select distinct
        texts.description_upper,
        texts.category_detailed
    from (
        select distinct
            description_upper,
            category_detailed
        from outflows
        where is_unexplained
    ) as texts
    inner join {{ ref('flow_patterns') }} as patterns
        on
            patterns.direction in ('out', 'any')
            and regexp_matches(
                case
                    when patterns.matches_on = 'category' then texts.category_detailed else texts.description_upper
                end,
                patterns.pattern
            )
    where patterns.driver in ('Payroll', 'Taxes', 'Loan', 'Card statement', 'Bank fees', 'Owner capital')
),

unexplained as (
    select outflows.*
    from outflows
    left join exempt_texts
        on
            outflows.description_upper = exempt_texts.description_upper
            and outflows.category_detailed = exempt_texts.category_detailed
    where
        outflows.is_unexplained
        and exempt_texts.description_upper is null
        -- A bookkeeper who works weekly has had a turn at it; what is older than a quarter is a year-end matter.
        -- Card spend clears and syncs first, so it gets a week more.
        and outflows.spent_date <= {{ as_of_date() }} - to_days(case outflows.rail when 'ramp' then 14 else 7 end)
        and outflows.spent_date > {{ as_of_date() }} - interval 120 day
),

-- A bill that waits to be marked paid explains the line: the payment is missing then, not the bill.
explained as (
    select distinct
        unexplained.client_id,
        unexplained.record_id
    from unexplained
    inner join bills
        on
            unexplained.client_id = bills.client_id
            and unexplained.counterparty_id = bills.counterparty_id
            and unexplained.amount_minor = bills.total_minor
            and unexplained.currency_code = bills.currency_code
    where
        bills.open_minor > 0
        and bills.bill_date between unexplained.spent_date
        - interval 120 day and unexplained.spent_date
        + interval 10 day
),

-- A payment of several bills that wait is no missing bill either: neighbouring open bills of the party that add up.
open_bills as (
    select
        client_id,
        counterparty_id,
        currency_code,
        bill_date,
        open_minor,
        row_number() over party as place,
        sum(open_minor) over (party rows unbounded preceding) as running_minor
    from bills
    where open_minor > 0
    window party as (partition by client_id, counterparty_id, currency_code order by bill_date, open_minor)
),

entered_together as (
    select
        payments.client_id,
        links.counterparty_id,
        payments.currency_code,
        payments.payment_date,
        cast(sum(-payments.amount_minor) as bigint) as amount_minor
    from {{ ref('stg_qbo__bill_payments') }} as payments
    inner join links
        on
            payments.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'vendor'
            and payments.vendor_id_qbo = links.record_id
    left join {{ ref('int_reconciliation__picks') }} as picks
        on
            payments.client_id = picks.client_id
            and picks.rail = 'qbo'
            and picks.kind = 'bill_payment'
            and payments.bill_payment_id_qbo = picks.document_id
            and picks.status = 'matched'
    where picks.client_id is null
    group by payments.client_id, links.counterparty_id, payments.currency_code, payments.payment_date
    having count(*) > 1
),

explained_together as (
    select distinct
        unexplained.client_id,
        unexplained.record_id
    from unexplained
    inner join open_bills as firsts
        on
            unexplained.client_id = firsts.client_id
            and unexplained.counterparty_id = firsts.counterparty_id
            and unexplained.currency_code = firsts.currency_code
            and firsts.bill_date >= unexplained.spent_date - interval 120 day
    inner join open_bills as lasts
        on
            firsts.client_id = lasts.client_id
            and firsts.counterparty_id = lasts.counterparty_id
            and firsts.currency_code = lasts.currency_code
            and lasts.place between firsts.place + 1 and firsts.place + 11
            and lasts.bill_date <= unexplained.spent_date + interval 10 day
            and unexplained.amount_minor = lasts.running_minor - firsts.running_minor + firsts.open_minor

    union

    -- Nor is one that the books hold as several payments of one day.
    select distinct
        unexplained.client_id,
        unexplained.record_id
    from unexplained
    inner join entered_together
        on
            unexplained.client_id = entered_together.client_id
            and unexplained.counterparty_id = entered_together.counterparty_id
            and unexplained.currency_code = entered_together.currency_code
            and unexplained.amount_minor = entered_together.amount_minor
            and abs(date_diff('day', entered_together.payment_date, unexplained.spent_date)) <= 10
),

scored as (
    select
        unexplained.*,
        counterparties.counterparty_name,
        coalesce(billed.bill_count, 0) as bill_count,
        spent.times_seen,
        coalesce(billed.usual_minor, spent.usual_minor) as usual_amount_minor,
        least(100, cast(
            30
            + case when coalesce(billed.bill_count, 0) >= 3 then 40 when billed.bill_count >= 1 then 25 else 0 end
            + case when spent.times_seen >= 3 then cast(floor(20 * spent.monthly_share) as integer) else 0 end
            + case
                when
                    abs(unexplained.amount_minor - coalesce(billed.usual_minor, spent.usual_minor))
                    <= 0.35 * coalesce(billed.usual_minor, spent.usual_minor) then 15
                else 0
            end as integer
        )) as missing_score
    from unexplained
    inner join counterparties
        on
            unexplained.client_id = counterparties.client_id
            and unexplained.counterparty_id = counterparties.counterparty_id
    inner join spent
        on
            unexplained.client_id = spent.client_id
            and unexplained.counterparty_id = spent.counterparty_id
    left join billed
        on
            unexplained.client_id = billed.client_id
            and unexplained.counterparty_id = billed.counterparty_id
    left join explained
        on unexplained.client_id = explained.client_id and unexplained.record_id = explained.record_id
    left join explained_together
        on
            unexplained.client_id = explained_together.client_id
            and unexplained.record_id = explained_together.record_id
    where
        explained.record_id is null
        and explained_together.record_id is null
        and (coalesce(billed.bill_count, 0) >= 2 or (spent.times_seen >= 3 and spent.monthly_share >= 0.6))
),

named as (
    select
        client_id,
        posting_id_plaid,
        record_id,
        rail,
        counterparty_id,
        counterparty_name,
        amount_minor,
        currency_code,
        spent_date,
        usual_amount_minor,
        cast(times_seen as integer) as times_seen,
        missing_score,
        case
            when bill_count > 0 then counterparty_name || ' has billed ' || bill_count || ' times'
            else counterparty_name || ' was paid ' || times_seen || ' times'
        end
        || ', usually ' || {{ money_text('usual_amount_minor', 'currency_code') }}
        || '; nothing in the books explains this payment of '
        || {{ money_text('amount_minor', 'currency_code') }}
        || '.'
            as reason
    from scored
    where missing_score >= 50
),

-- A check names no payee: the vendor is an inference, or open.
checks as (
    select
        postings.client_id,
        postings.posting_id_plaid,
        postings.posting_id_plaid as record_id,
        'plaid' as rail,
        checks.counterparty_id,
        counterparties.counterparty_name,
        -postings.amount_minor as amount_minor,
        postings.currency_code,
        postings.posted_date as spent_date,
        checks.usual_minor as usual_amount_minor,
        checks.times_seen,
        case when checks.counterparty_id is not null then 75 else 65 end
            as missing_score,
        'Nothing in the books explains this check of '
        || {{ money_text('-postings.amount_minor', 'postings.currency_code') }}
        || case
            when checks.counterparty_id is not null
                then
                    '; of the vendors paid by check only ' || counterparties.counterparty_name || ' fits, usually '
                    || {{ money_text('checks.usual_minor', 'postings.currency_code') }} || '.'
            else
                '; '
                || checks.payee_count
                || ' vendors paid by check bill about this much, so look at the image of the check.'
        end as reason
    from {{ ref('int_missing_bills__checks') }} as checks
    inner join {{ ref('int_reconciliation__postings') }} as postings
        on checks.client_id = postings.client_id and checks.posting_id_plaid = postings.posting_id_plaid
    left join counterparties
        on
            checks.client_id = counterparties.client_id
            and checks.counterparty_id = counterparties.counterparty_id
    where
        postings.posted_date <= {{ as_of_date() }} - interval 7 day
        and postings.posted_date > {{ as_of_date() }} - interval 120 day
        -- A check that no vendor paid by check would fit is an open bank line; that it wants a bill is a guess.
        and checks.payee_count > 0
)

select * from named
union all
select * from checks
