-- One row per pair of records that Stripe ties: a payout and its sales, an invoice and its charge, what comes back and
-- the charge that it comes back from. A sale is a part of its payout, so that rule ends in "part".
with invoice_charges as (
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
judged_charges as (
    select
        client_id,
        invoice_id_stripe,
        charge_id_stripe,
        count(*) filter (where coalesce(is_paid, true)) over (partition by client_id, invoice_id_stripe) <= 1
            as is_whole
    from invoice_charges
)

select distinct
    lines.client_id,
    'stripe' as from_rail,
    'payout' as from_object_type,
    lines.payout_id_stripe as from_record_id,
    'stripe' as to_rail,
    case when ledger.type in ('refund', 'payment_refund') then 'refund' else 'charge' end as to_object_type,
    ledger.source_id_stripe as to_record_id,
    'sale in payout, part' as rule
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
    case when is_whole then 'charge for invoice' else 'charge for invoice, part' end
from judged_charges
union all
select
    client_id,
    'stripe',
    'refund',
    refund_id_stripe,
    'stripe',
    'charge',
    charge_id_stripe,
    'refund of charge'
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
    'dispute of charge'
from {{ ref('stg_stripe__disputes') }}
where charge_id_stripe is not null
