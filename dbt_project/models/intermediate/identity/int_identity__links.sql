-- One row per pair of records that show the same money, with the rule that says so and the evidence.
-- A hard link was written by a rail or by a person; a soft one was inferred and has a probability for its score.
-- A rule that ends in "part" says that one record is a part of the other: a sale in a payout, a bill in a payment of
-- several. A part is not the whole, so such links are shown but do not join events.
with bill_payment_lines as (
    select
        lines.client_id,
        lines.bill_payment_id_qbo,
        lines.bill_id_qbo,
        -- One payment of one bill is that bill when it settles it in full; a discount or a credit may make it smaller.
        count(*) over (partition by lines.client_id, lines.bill_payment_id_qbo) = 1
        and count(*) over (partition by lines.client_id, lines.bill_id_qbo) = 1
        and coalesce(bills.open_minor = 0 or lines.applied_minor = bills.total_minor, true) as is_whole
    from {{ ref('stg_qbo__bill_payment_lines') }} as lines
    left join {{ ref('stg_qbo__bills') }} as bills
        on lines.client_id = bills.client_id and lines.bill_id_qbo = bills.bill_id_qbo
    where lines.bill_id_qbo is not null
),

payment_lines as (
    select
        lines.client_id,
        lines.payment_id_qbo,
        lines.invoice_id_qbo,
        count(*) over (partition by lines.client_id, lines.payment_id_qbo) = 1
        and count(*) over (partition by lines.client_id, lines.invoice_id_qbo) = 1
        and coalesce(invoices.open_minor = 0 or lines.applied_minor = invoices.total_minor, true) as is_whole
    from {{ ref('stg_qbo__payment_lines') }} as lines
    left join {{ ref('stg_qbo__invoices') }} as invoices
        on lines.client_id = invoices.client_id and lines.invoice_id_qbo = invoices.invoice_id_qbo
    where lines.invoice_id_qbo is not null
),

deposit_counts as (
    select
        client_id,
        deposit_id_qbo,
        count(*) as line_count
    from {{ ref('stg_qbo__deposit_lines') }}
    group by client_id, deposit_id_qbo
),

deposit_lines as (
    select distinct
        lines.client_id,
        lines.deposit_id_qbo,
        lines.payment_id_qbo,
        deposit_counts.line_count = 1 as is_whole
    from {{ ref('stg_qbo__deposit_lines') }} as lines
    inner join deposit_counts
        on lines.client_id = deposit_counts.client_id and lines.deposit_id_qbo = deposit_counts.deposit_id_qbo
    where lines.payment_id_qbo is not null
),

stripe_invoice_charges as (
    select
        invoice_payments.client_id,
        invoice_payments.invoice_id_stripe,
        charges.charge_id_stripe,
        charges.is_paid
    from {{ ref('stg_stripe__invoice_payments') }} as invoice_payments
    inner join {{ ref('stg_stripe__charges') }} as charges
        on
            invoice_payments.client_id = charges.client_id
            and invoice_payments.payment_intent_id_stripe = charges.payment_intent_id_stripe
    union
    select
        invoice_payments.client_id,
        invoice_payments.invoice_id_stripe,
        charges.charge_id_stripe,
        charges.is_paid
    from {{ ref('stg_stripe__invoice_payments') }} as invoice_payments
    inner join {{ ref('stg_stripe__charges') }} as charges
        on
            invoice_payments.client_id = charges.client_id
            and invoice_payments.charge_id_stripe = charges.charge_id_stripe
),

-- Charges that failed were tries at the one sale; several that were paid each paid a part of it.
invoice_charges as (
    select
        client_id,
        invoice_id_stripe,
        charge_id_stripe,
        count(*) filter (where coalesce(is_paid, true)) over (partition by client_id, invoice_id_stripe) <= 1
            as is_whole
    from stripe_invoice_charges
),

our_payouts as (
    select
        payouts.client_id,
        bills.bill_id_ramp,
        split_part(payouts.source_bill_id, ':', 2) as bill_id_qbo
    from {{ ref('stg_control__payouts') }} as payouts
    inner join {{ ref('stg_ramp__bills') }} as bills
        on
            payouts.client_id = bills.client_id
            and (payouts.rail_bill_id = bills.bill_id_ramp or payouts.payout_id = bills.remote_id)
    where payouts.source_bill_id like 'qbo:%'
),

-- Whoever lets Ramp write to the books may keep the bill's id there as Ramp's remote id.
synced_bills as (
    select
        ramp.client_id,
        ramp.bill_id_ramp,
        books.bill_id_qbo
    from {{ ref('stg_ramp__bills') }} as ramp
    inner join {{ ref('stg_qbo__bills') }} as books
        on
            ramp.client_id = books.client_id
            and ramp.remote_id = books.bill_id_qbo
            and ramp.total_minor = books.total_minor
            and ramp.currency_code = books.currency_code
),

ruled_matches as (
    select
        client_id,
        string_split(left_key, '|') as line_parts,
        string_split(right_key, '|') as document_parts
    from {{ ref('stg_control__rulings') }}
    where subject = 'match' and verb = 'join' and client_id is not null
),

matches as (
    select
        client_id,
        posting_id_plaid,
        rail,
        kind,
        document_id,
        side,
        rule,
        score as link_score,
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
    from ruled_matches
),

distinct_matches as (
    select
        client_id,
        posting_id_plaid,
        rail,
        kind,
        document_id,
        coalesce(max(side), '') as side,
        max(rule) as rule,
        max(link_score) as link_score,
        bool_or(is_ruled) as is_ruled
    from matches
    group by client_id, posting_id_plaid, rail, kind, document_id
),

picks as (
    select
        *,
        -- Several records of one rail inside one line, or one record paid by several lines, are parts.
        count(*) over (partition by client_id, posting_id_plaid, rail) = 1
        and count(*) over (partition by client_id, rail, kind, document_id, side) = 1 as is_whole
    from distinct_matches
),

-- The books may repeat a Stripe invoice: same number and amount for the same customer.
invoice_pairs as (
    select
        stripe.client_id,
        stripe.record_id as invoice_id_stripe,
        books.record_id as invoice_id_qbo,
        row_number()
            over (partition by stripe.client_id, stripe.record_id order by books.record_date, books.record_id)
            as place_for_stripe,
        row_number()
            over (partition by stripe.client_id, books.record_id order by stripe.record_date, stripe.record_id)
            as place_for_books
    from {{ ref('int_identity__records') }} as stripe
    inner join {{ ref('int_identity__records') }} as books
        on
            stripe.client_id = books.client_id
            and stripe.counterparty_id = books.counterparty_id
            and stripe.reference = books.reference
            and stripe.amount_minor = books.amount_minor
            and stripe.currency_code = books.currency_code
            and books.rail = 'qbo'
            and books.object_type = 'invoice'
    where stripe.rail = 'stripe' and stripe.object_type = 'invoice'
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
        client_id,
        'ramp' as from_rail,
        'bill' as from_object_type,
        bill_id_ramp as from_record_id,
        'qbo' as to_rail,
        'bill' as to_object_type,
        bill_id_qbo as to_record_id,
        'our payout' as rule,
        true as is_hard,
        1.0 as link_score
    from our_payouts
    union all
    select
        client_id,
        'ramp',
        'bill',
        bill_id_ramp,
        'qbo',
        'bill',
        bill_id_qbo,
        'remote id',
        true,
        1.0
    from synced_bills
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
        'qbo',
        'bill_payment',
        bill_payment_id_qbo,
        'qbo',
        'bill',
        bill_id_qbo,
        case when is_whole then 'payment of bill' else 'payment of bill, part' end,
        true,
        1.0
    from bill_payment_lines
    union all
    select
        client_id,
        'qbo',
        'payment',
        payment_id_qbo,
        'qbo',
        'invoice',
        invoice_id_qbo,
        case when is_whole then 'payment of invoice' else 'payment of invoice, part' end,
        true,
        1.0
    from payment_lines
    union all
    select
        client_id,
        'qbo',
        'deposit',
        deposit_id_qbo,
        'qbo',
        'payment',
        payment_id_qbo,
        case when is_whole then 'deposit of payment' else 'deposit of payment, part' end,
        true,
        1.0
    from deposit_lines
    union all
    select distinct
        lines.client_id,
        'stripe',
        'payout',
        lines.payout_id_stripe,
        'stripe',
        case when ledger.type in ('refund', 'payment_refund') then 'refund' else 'charge' end,
        ledger.source_id_stripe,
        'sale in payout, part',
        true,
        1.0
    from {{ ref('stg_stripe__payout_lines') }} as lines
    inner join {{ ref('stg_stripe__balance_transactions') }} as ledger
        on
            lines.client_id = ledger.client_id
            and lines.balance_transaction_id_stripe = ledger.balance_transaction_id_stripe
    where ledger.type in ('charge', 'payment', 'refund', 'payment_refund') and ledger.source_id_stripe is not null
    union all
    select
        client_id,
        'stripe',
        'invoice',
        invoice_id_stripe,
        'stripe',
        'charge',
        charge_id_stripe,
        case when is_whole then 'charge for invoice' else 'charge for invoice, part' end,
        true,
        1.0
    from invoice_charges
    union all
    select
        client_id,
        'stripe',
        'refund',
        refund_id_stripe,
        'stripe',
        'charge',
        charge_id_stripe,
        'refund of charge',
        true,
        1.0
    from {{ ref('stg_stripe__refunds') }}
    where charge_id_stripe is not null
    union all
    select
        client_id,
        'stripe',
        'dispute',
        dispute_id_stripe,
        'stripe',
        'charge',
        charge_id_stripe,
        'dispute of charge',
        true,
        1.0
    from {{ ref('stg_stripe__disputes') }}
    where charge_id_stripe is not null
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
        0.99
    from invoice_pairs
    where place_for_stripe = 1 and place_for_books = 1
    union all
    select
        client_id,
        'plaid',
        'posting',
        posting_id_plaid,
        'plaid',
        'posting',
        pending_posting_id_plaid,
        'pending line posted',
        true,
        1.0
    from {{ ref('int_bank__postings') }}
    where pending_posting_id_plaid is not null
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
    union all
    -- One payment is seen by the books, Ramp and the bank: every rail's own match joins the event.
    select
        client_id,
        'plaid',
        'posting',
        posting_id_plaid,
        rail,
        {{ object_type_of('rail', 'kind') }},
        document_id,
        case when is_ruled then 'person' else 'reconciled: ' || rule end
        || case when is_whole then '' else ', part' end,
        is_ruled,
        case when is_ruled then 1.0 else link_score end
    from picks
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
),

existing as (
    select
        *,
        {{ record_key('rail', 'object_type', 'record_id') }} as record_key
    from {{ ref('int_identity__records') }}
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
inner join existing as from_records
    on
        unioned.client_id = from_records.client_id
        and unioned.from_rail = from_records.rail
        and unioned.from_object_type = from_records.object_type
        and unioned.from_record_id = from_records.record_id
inner join existing as to_records
    on
        unioned.client_id = to_records.client_id
        and unioned.to_rail = to_records.rail
        and unioned.to_object_type = to_records.object_type
        and unioned.to_record_id = to_records.record_id
where from_records.record_key <> to_records.record_key
qualify
    row_number() over (
        partition by
            unioned.client_id,
            least(from_records.record_key, to_records.record_key),
            greatest(from_records.record_key, to_records.record_key)
        order by
            unioned.rule like 'person%' desc,
            unioned.rule not like '%part' desc,
            unioned.is_hard desc,
            unioned.link_score desc,
            unioned.rule
    ) = 1
