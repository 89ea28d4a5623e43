-- One row per record of a rail that says that a client's cash moved, or that a bill is owed, within the span that is
-- matched; with what proves it. Moves between own cash accounts are left out: shuffling money is no cash flow.
with clients as (
    select
        client_id,
        currency_code
    from {{ ref('stg_control__clients') }}
),

-- A record may be proven in part: a deposit written gross shows at the bank less its fees. What is only proposed is
-- proven to the degree of its probability; but a bill that was paid and still stands open proves nothing.
parts as (
    select
        client_id,
        posting_id_plaid,
        rail,
        kind,
        document_id,
        side,
        abs(part_minor) * case when status = 'matched' then 1.0 else least(score, 1.0) end as proven_minor
    from {{ ref('int_reconciliation__picks') }}
    where status = 'matched' or (status = 'proposed' and kind <> 'bill')
),

picked as (
    select
        client_id,
        rail,
        kind,
        document_id,
        side,
        cast(floor(sum(proven_minor)) as bigint) as proven_minor
    from parts
    group by client_id, rail, kind, document_id, side
),

by_rail as (
    select
        client_id,
        posting_id_plaid,
        rail,
        sum(proven_minor) as proven_minor
    from parts
    group by client_id, posting_id_plaid, rail
),

-- What a line holds beside the records of it, by the rail that explains most.
explained as (
    select
        client_id,
        posting_id_plaid,
        cast(floor(max(proven_minor)) as bigint) as proven_minor
    from by_rail
    group by client_id, posting_id_plaid
),

postings as (
    select
        postings.client_id,
        'plaid' as rail,
        'posting' as kind,
        postings.posting_id_plaid as record_id,
        postings.posted_date as flow_date,
        abs(postings.amount_minor) as amount_minor,
        postings.currency_code,
        postings.description as label,
        case coalesce(matches.status, 'unmatched')
            when 'own_transfer' then 0
            when 'matched' then abs(postings.amount_minor) - least(explained.proven_minor, abs(postings.amount_minor))
            else abs(postings.amount_minor) - least(coalesce(explained.proven_minor, 0), abs(postings.amount_minor))
        end as unproven_minor,
        -- The books of a week follow within the week.
        postings.posted_date > {{ as_of_date() }} - interval 7 day as is_young,
        coalesce(matches.status, '') = 'own_transfer' and coalesce(matches.matched_rail, '') <> 'ramp'
            as is_own_transfer,
        cast(0 as bigint) as uncategorized_minor
    from {{ ref('int_reconciliation__postings') }} as postings
    left join {{ ref('int_reconciliation__matches') }} as matches
        on postings.client_id = matches.client_id and postings.posting_id_plaid = matches.posting_id_plaid
    left join explained
        on postings.client_id = explained.client_id and postings.posting_id_plaid = explained.posting_id_plaid
),

purchase_lines as (
    select
        *,
        -- As a column: a constant in a left join's condition would be tried row by row.
        'qbo' as rail
    from {{ ref('int_hygiene__categorized_records') }}
),

documents as (
    select
        documents.client_id,
        documents.rail,
        documents.kind,
        documents.document_id as record_id,
        documents.document_date as flow_date,
        abs(documents.amount_minor) as amount_minor,
        documents.currency_code,
        cast(null as varchar) as label,
        abs(documents.amount_minor)
        - least(coalesce(picked.proven_minor, 0), abs(documents.amount_minor)) as unproven_minor,
        -- A check may take two weeks to be cashed.
        documents.document_date > {{ as_of_date() }} - interval 14 day as is_young,
        documents.kind = 'transfer' as is_own_transfer,
        case when documents.kind = 'purchase' then coalesce(purchase_lines.uncategorized_minor, 0) else 0 end
            as uncategorized_minor
    from {{ ref('int_reconciliation__documents') }} as documents
    left join picked
        on
            documents.client_id = picked.client_id
            and documents.rail = picked.rail
            and documents.kind = picked.kind
            and documents.document_id = picked.document_id
            and documents.side = picked.side
    left join purchase_lines
        on
            documents.client_id = purchase_lines.client_id
            and documents.document_id = purchase_lines.record_id
            and documents.rail = purchase_lines.rail
            and documents.kind = purchase_lines.record_kind
    where documents.document_date <= {{ as_of_date() }}
),

card_purchases as (
    select
        purchases.client_id,
        'qbo' as rail,
        'purchase' as kind,
        purchases.purchase_id_qbo as record_id,
        purchases.purchase_date as flow_date,
        abs(purchases.amount_minor) as amount_minor,
        purchases.currency_code,
        coalesce(purchases.counterparty_name, purchases.memo) as label,
        case when pairs.purchase_id_qbo is null then abs(purchases.amount_minor) else 0 end as unproven_minor,
        purchases.purchase_date > {{ as_of_date() }} - interval 14 day as is_young,
        false as is_own_transfer,
        coalesce(purchase_lines.uncategorized_minor, 0) as uncategorized_minor
    from {{ ref('stg_qbo__purchases') }} as purchases
    left join {{ ref('int_reconciliation__documents') }} as documents
        on
            purchases.client_id = documents.client_id
            and documents.rail = 'qbo'
            and documents.kind = 'purchase'
            and purchases.purchase_id_qbo = documents.document_id
    left join {{ ref('int_identity__card_pairs') }} as pairs
        on purchases.client_id = pairs.client_id and purchases.purchase_id_qbo = pairs.purchase_id_qbo
    left join purchase_lines
        on
            purchases.client_id = purchase_lines.client_id
            and purchase_lines.record_kind = 'purchase'
            and purchases.purchase_id_qbo = purchase_lines.record_id
    where
        documents.document_id is null
        and purchases.purchase_date > {{ as_of_date() }} - interval '{{ var("reconciliation_days") }}' day
        and purchases.purchase_date <= {{ as_of_date() }}
),

card_transactions as (
    select
        transactions.client_id,
        'ramp' as rail,
        'card_transaction' as kind,
        transactions.transaction_id_ramp as record_id,
        cast(transactions.transacted_at as date) as flow_date,
        abs(transactions.amount_minor) as amount_minor,
        transactions.currency_code,
        coalesce(transactions.merchant_name, transactions.merchant_descriptor) as label,
        case when pairs.transaction_id_ramp is null then abs(transactions.amount_minor) else 0 end as unproven_minor,
        cast(transactions.transacted_at as date) > {{ as_of_date() }} - interval 14 day as is_young,
        false as is_own_transfer,
        cast(0 as bigint) as uncategorized_minor
    from {{ ref('stg_ramp__transactions') }} as transactions
    left join {{ ref('int_identity__card_pairs') }} as pairs
        on
            transactions.client_id = pairs.client_id
            and transactions.transaction_id_ramp = pairs.transaction_id_ramp
    where
        transactions.state = 'CLEARED'
        and cast(transactions.transacted_at as date)
        > {{ as_of_date() }} - interval '{{ var("reconciliation_days") }}' day
        and cast(transactions.transacted_at as date) <= {{ as_of_date() }}
),

-- A bill is a promise of cash, and its own proof: what may be wrong with it is said by a hygiene item.
bills as (
    select
        bills.client_id,
        'qbo' as rail,
        'bill' as kind,
        bills.bill_id_qbo as record_id,
        bills.bill_date as flow_date,
        abs(bills.total_minor) as amount_minor,
        bills.currency_code,
        bills.vendor_name as label,
        0 as unproven_minor,
        false as is_young,
        false as is_own_transfer,
        coalesce(purchase_lines.uncategorized_minor, 0) as uncategorized_minor,
        bills.open_minor > 0 as is_open
    from {{ ref('stg_qbo__bills') }} as bills
    left join purchase_lines
        on
            bills.client_id = purchase_lines.client_id
            and purchase_lines.record_kind = 'bill'
            and bills.bill_id_qbo = purchase_lines.record_id
    where
        bills.bill_date > {{ as_of_date() }} - interval '{{ var("reconciliation_days") }}' day
        and bills.bill_date <= {{ as_of_date() }}
),

unioned as (
    select
        *,
        false as is_open
    from postings
    union all
    select
        *,
        false
    from documents
    union all
    select
        *,
        false
    from card_purchases
    union all
    select
        *,
        false
    from card_transactions
    union all
    select * from bills
)

select
    unioned.client_id,
    unioned.rail,
    unioned.kind,
    unioned.record_id,
    min(unioned.flow_date) as flow_date,
    cast(max(unioned.amount_minor) as bigint) as amount_minor,
    min(unioned.currency_code) as currency_code,
    min(unioned.label) as label,
    cast(max(unioned.unproven_minor) as bigint) as unproven_minor,
    max(unioned.unproven_minor) = 0 as is_proven,
    -- Without proof, but not late: it is neither held against the client nor counted for it.
    bool_and(unioned.is_young) and max(unioned.unproven_minor) = max(unioned.amount_minor) as is_waiting,
    bool_or(unioned.is_own_transfer) as is_own_transfer,
    cast(least(max(unioned.uncategorized_minor), max(unioned.amount_minor)) as bigint) as uncategorized_minor,
    -- A debt that is still open is today's cash flow, however old.
    not bool_or(unioned.is_own_transfer)
    and (
        min(unioned.flow_date) > {{ as_of_date() }} - interval '{{ var("quality_days") }}' day
        or bool_or(unioned.is_open)
    ) as is_in_window
from unioned
inner join clients
    on unioned.client_id = clients.client_id and unioned.currency_code = clients.currency_code
where unioned.amount_minor <> 0
group by unioned.client_id, unioned.rail, unioned.kind, unioned.record_id
