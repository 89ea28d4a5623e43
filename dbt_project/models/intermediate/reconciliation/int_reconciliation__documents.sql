-- One row per record that says that money moved on a bank account: what a posting can be the bank's side of.
-- A transfer between two bank accounts has two sides and so two rows.
with vendor_links as (
    select
        client_id,
        rail,
        object_type,
        record_id,
        counterparty_id
    from {{ ref('int_counterparties__links') }}
    where object_type in ('vendor', 'customer')
),

texts as (
    select * from {{ ref('int_counterparties__texts') }}
),

accounts as (
    select
        client_id,
        account_id_qbo,
        account_type in ('Bank', 'Other Current Asset') as is_bank,
        account_type = 'Credit Card' as is_card
    from {{ ref('stg_qbo__accounts') }}
),

bill_payments as (
    select
        payments.client_id,
        'qbo' as rail,
        'bill_payment' as kind,
        payments.bill_payment_id_qbo as document_id,
        'out' as side,
        payments.amount_minor,
        payments.currency_code,
        payments.payment_date as document_date,
        payments.reference,
        links.counterparty_id
    from {{ ref('stg_qbo__bill_payments') }} as payments
    left join vendor_links as links
        on
            payments.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'vendor'
            and payments.vendor_id_qbo = links.record_id
    where payments.card_account_id_qbo is null and payments.amount_minor <> 0
),

purchases as (
    select
        purchases.client_id,
        'qbo' as rail,
        'purchase' as kind,
        purchases.purchase_id_qbo as document_id,
        case when purchases.amount_minor < 0 then 'out' else 'in' end as side,
        purchases.amount_minor,
        purchases.currency_code,
        purchases.purchase_date as document_date,
        purchases.reference,
        coalesce(links.counterparty_id, texts.counterparty_id) as counterparty_id
    from {{ ref('stg_qbo__purchases') }} as purchases
    left join accounts
        on purchases.client_id = accounts.client_id and purchases.account_id_qbo = accounts.account_id_qbo
    left join vendor_links as links
        on
            purchases.client_id = links.client_id
            and links.rail = 'qbo'
            and purchases.counterparty_kind = links.object_type
            and purchases.counterparty_id_qbo = links.record_id
    left join texts
        on
            purchases.client_id = texts.client_id
            and texts.kind = 'vendor'
            and coalesce(purchases.counterparty_name, purchases.memo) = texts.sighted_text
    where
        coalesce(purchases.payment_type, '') <> 'CreditCard'
        and not coalesce(accounts.is_card, false)
),

payments as (
    select
        payments.client_id,
        'qbo' as rail,
        'payment' as kind,
        payments.payment_id_qbo as document_id,
        'in' as side,
        payments.amount_minor,
        payments.currency_code,
        payments.payment_date as document_date,
        payments.reference,
        links.counterparty_id
    from {{ ref('stg_qbo__payments') }} as payments
    left join vendor_links as links
        on
            payments.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'customer'
            and payments.customer_id_qbo = links.record_id
    -- A payment that waits in undeposited funds reaches the bank inside a deposit.
    left join {{ ref('stg_qbo__deposit_lines') }} as lines
        on payments.client_id = lines.client_id and payments.payment_id_qbo = lines.payment_id_qbo
    where payments.amount_minor > 0 and lines.deposit_id_qbo is null
    qualify
        row_number() over (partition by payments.client_id, payments.payment_id_qbo order by links.counterparty_id) = 1
),

-- A deposit of one customer's money carries that customer's name.
depositors as (
    select
        lines.client_id,
        lines.deposit_id_qbo,
        case when count(distinct links.counterparty_id) = 1 then min(links.counterparty_id) end as counterparty_id
    from {{ ref('stg_qbo__deposit_lines') }} as lines
    inner join {{ ref('stg_qbo__payments') }} as payments
        on lines.client_id = payments.client_id and lines.payment_id_qbo = payments.payment_id_qbo
    inner join vendor_links as links
        on
            payments.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'customer'
            and payments.customer_id_qbo = links.record_id
    group by lines.client_id, lines.deposit_id_qbo
),

deposits as (
    select
        deposits.client_id,
        'qbo' as rail,
        'deposit' as kind,
        deposits.deposit_id_qbo as document_id,
        'in' as side,
        deposits.amount_minor,
        deposits.currency_code,
        deposits.deposit_date as document_date,
        deposits.reference,
        depositors.counterparty_id
    from {{ ref('stg_qbo__deposits') }} as deposits
    left join depositors
        on deposits.client_id = depositors.client_id and deposits.deposit_id_qbo = depositors.deposit_id_qbo
),

-- A journal entry moves what it nets to over the bank accounts: an owner's draw, a loan, a correction.
journal_entries as (
    select
        entries.client_id,
        'qbo' as rail,
        'journal_entry' as kind,
        entries.journal_entry_id_qbo as document_id,
        case when sum(lines.amount_minor) < 0 then 'out' else 'in' end as side,
        cast(sum(lines.amount_minor) as bigint) as amount_minor,
        entries.currency_code,
        entries.entry_date as document_date,
        entries.reference,
        cast(null as varchar) as counterparty_id
    from {{ ref('stg_qbo__journal_entries') }} as entries
    inner join {{ ref('stg_qbo__journal_entry_lines') }} as lines
        on entries.client_id = lines.client_id and entries.journal_entry_id_qbo = lines.journal_entry_id_qbo
    inner join {{ ref('stg_qbo__accounts') }} as accounts
        on lines.client_id = accounts.client_id and lines.account_id_qbo = accounts.account_id_qbo
    where accounts.account_type = 'Bank'
    group by
        entries.client_id, entries.journal_entry_id_qbo, entries.currency_code, entries.entry_date, entries.reference
    having sum(lines.amount_minor) <> 0
),

transfers as (
    select
        transfers.*,
        coalesce(paying.is_card, false) as is_from_card,
        coalesce(receiving.is_card, false) as is_to_card
    from {{ ref('stg_qbo__transfers') }} as transfers
    left join accounts as paying
        on transfers.client_id = paying.client_id and transfers.from_account_id_qbo = paying.account_id_qbo
    left join accounts as receiving
        on transfers.client_id = receiving.client_id and transfers.to_account_id_qbo = receiving.account_id_qbo
),

transfers_out as (
    select
        client_id,
        'qbo' as rail,
        case when is_to_card then 'card_paydown' else 'transfer' end as kind,
        transfer_id_qbo as document_id,
        'out' as side,
        -amount_minor as amount_minor,
        currency_code,
        transfer_date as document_date,
        cast(null as varchar) as reference,
        cast(null as varchar) as counterparty_id
    from transfers
    where not is_from_card
),

transfers_in as (
    select
        client_id,
        'qbo' as rail,
        'transfer' as kind,
        transfer_id_qbo as document_id,
        'in' as side,
        amount_minor,
        currency_code,
        transfer_date as document_date,
        cast(null as varchar) as reference,
        cast(null as varchar) as counterparty_id
    from transfers
    where not is_to_card
),

ramp_payments as (
    select
        bills.client_id,
        'ramp' as rail,
        'bill_payment' as kind,
        bills.bill_id_ramp as document_id,
        'out' as side,
        -coalesce(bills.paid_minor, bills.total_minor) as amount_minor,
        bills.currency_code,
        coalesce(cast(bills.paid_at as date), bills.payment_date) as document_date,
        bills.trace_id as reference,
        links.counterparty_id
    from {{ ref('stg_ramp__bills') }} as bills
    left join vendor_links as links
        on
            bills.client_id = links.client_id
            and links.rail = 'ramp'
            and bills.vendor_id_ramp = links.record_id
    where
        bills.archived_at is null
        and (bills.paid_at is not null or bills.payment_effective_at is not null)
),

ramp_transfers as (
    select
        client_id,
        'ramp' as rail,
        'card_paydown' as kind,
        transfer_id_ramp as document_id,
        case when amount_minor < 0 then 'out' else 'in' end as side,
        amount_minor,
        currency_code,
        cast(created_at as date) as document_date,
        cast(null as varchar) as reference,
        cast(null as varchar) as counterparty_id
    from {{ ref('stg_ramp__transfers') }}
    where coalesce(status, '') not in ('CANCELED', 'CANCELLED', 'ERROR', 'REJECTED_BY_RAMP', 'UNNECESSARY')
),

stripe_payouts as (
    select
        client_id,
        'stripe' as rail,
        'payout' as kind,
        payout_id_stripe as document_id,
        case when amount_minor < 0 then 'out' else 'in' end as side,
        amount_minor,
        currency_code,
        arrival_date as document_date,
        trace_id as reference,
        cast(null as varchar) as counterparty_id
    from {{ ref('stg_stripe__payouts') }}
    where status not in ('failed', 'canceled')
),

unioned as (
    select * from bill_payments
    union all
    select * from purchases
    union all
    select * from payments
    union all
    select * from deposits
    union all
    select * from journal_entries
    union all
    select * from transfers_out
    union all
    select * from transfers_in
    union all
    select * from ramp_payments
    union all
    select * from ramp_transfers
    union all
    select * from stripe_payouts
)

select
    client_id,
    rail,
    kind,
    document_id,
    side,
    amount_minor,
    currency_code,
    document_date,
    nullif(ltrim(reference, '0'), '') as reference,
    counterparty_id
from unioned
-- Two weeks more than the postings: the earliest line may settle a record from before.
where document_date > {{ as_of_date() }} - interval '{{ var("reconciliation_days") }}' day - interval 14 day
