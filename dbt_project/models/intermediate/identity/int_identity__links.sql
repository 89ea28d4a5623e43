-- One row per pair of records that show the same money, with the rule that says so.
-- A rule that ends in "part" says that one record is a part of the other: a sale in a payout, a bill in a payment of
-- several. A part is not the whole, so such links are shown but do not join events.
with bill_payment_lines as (
    select distinct
        client_id,
        bill_payment_id_qbo,
        bill_id_qbo
    from {{ ref('stg_qbo__bill_payment_lines') }}
    where bill_id_qbo is not null
),

payment_lines as (
    select distinct
        client_id,
        payment_id_qbo,
        invoice_id_qbo
    from {{ ref('stg_qbo__payment_lines') }}
    where invoice_id_qbo is not null
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
        deposit_counts.line_count
    from {{ ref('stg_qbo__deposit_lines') }} as lines
    inner join deposit_counts
        on lines.client_id = deposit_counts.client_id and lines.deposit_id_qbo = deposit_counts.deposit_id_qbo
    where lines.payment_id_qbo is not null
),

stripe_invoice_charges as (
    select distinct
        invoice_payments.client_id,
        invoice_payments.invoice_id_stripe,
        charges.charge_id_stripe
    from {{ ref('stg_stripe__invoice_payments') }} as invoice_payments
    inner join {{ ref('stg_stripe__charges') }} as charges
        on
            invoice_payments.client_id = charges.client_id
            and (
                invoice_payments.payment_intent_id_stripe = charges.payment_intent_id_stripe
            )
    union
    select distinct
        invoice_payments.client_id,
        invoice_payments.invoice_id_stripe,
        invoice_payments.charge_id_stripe
    from {{ ref('stg_stripe__invoice_payments') }} as invoice_payments
    where invoice_payments.charge_id_stripe is not null
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

unioned as (
    select
        client_id,
        'ramp' as from_rail,
        'bill' as from_object_type,
        bill_id_ramp as from_record_id,
        'qbo' as to_rail,
        'bill' as to_object_type,
        bill_id_qbo as to_record_id,
        'vendor, number and amount' as rule,
        100 as link_score
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
        case
            when count(*) over (partition by client_id, bill_payment_id_qbo) > 1 then 'payment of bill, part' else
                'payment of bill'
        end,
        100
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
        case
            when count(*) over (partition by client_id, payment_id_qbo) > 1 then 'payment of invoice, part' else
                'payment of invoice'
        end,
        100
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
        case when line_count > 1 then 'deposit of payment, part' else 'deposit of payment' end,
        100
    from deposit_lines
    union all
    select
        lines.client_id,
        'stripe',
        'payout',
        lines.payout_id_stripe,
        'stripe',
        'charge',
        ledger.source_id_stripe,
        'sale in payout, part',
        100
    from {{ ref('stg_stripe__payout_lines') }} as lines
    inner join {{ ref('stg_stripe__balance_transactions') }} as ledger
        on
            lines.client_id = ledger.client_id
            and lines.balance_transaction_id_stripe = ledger.balance_transaction_id_stripe
    where ledger.type in ('charge', 'payment') and ledger.source_id_stripe is not null
    union all
    select
        client_id,
        'stripe',
        'invoice',
        invoice_id_stripe,
        'stripe',
        'charge',
        charge_id_stripe,
        'charge for invoice',
        100
    from stripe_invoice_charges
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
        100
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
        100
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
        100
    from invoice_pairs
    where place_for_stripe = 1 and place_for_books = 1
    union all
    select
        posted.client_id,
        'plaid',
        'posting',
        posted.posting_id_plaid,
        'plaid',
        'posting',
        posted.pending_posting_id_plaid,
        'pending line posted',
        100
    from {{ ref('int_bank__postings') }} as posted
    where posted.pending_posting_id_plaid is not null
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
        link_score
    from {{ ref('int_identity__card_pairs') }}
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
        100 - 5 * days_apart
    from {{ ref('int_reconciliation__own_transfers') }}
    union all
    -- One payment is seen by the books, Ramp and the bank: every rail's own match joins the event.
    select
        client_id,
        'plaid',
        'posting',
        posting_id_plaid,
        rail,
        case
            when rail = 'ramp' and kind = 'bill_payment' then 'bill'
            when kind = 'card_paydown' then 'transfer'
            else kind
        end,
        document_id,
        'reconciled',
        score
    from {{ ref('int_reconciliation__picks') }}
    where status = 'matched'
),

existing as (
    select
        client_id,
        rail,
        object_type,
        record_id
    from {{ ref('int_identity__records') }}
)

-- Both ends must still stand: a deleted record links nothing.
select
    unioned.client_id,
    unioned.from_rail,
    unioned.from_object_type,
    unioned.from_record_id,
    unioned.to_rail,
    unioned.to_object_type,
    unioned.to_record_id,
    unioned.rule,
    cast(unioned.link_score as integer) as link_score
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
