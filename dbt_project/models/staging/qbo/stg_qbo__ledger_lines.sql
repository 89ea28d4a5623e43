-- One row per line of QBO's own general ledger: a transaction's entry on one account.
-- A client's ledger shows either debits and credits, or amounts in each account's own sign.
with documents as (
    select
        client_id,
        start_date as ledger_month,
        upper(coalesce(currency, 'USD')) as currency_code,
        unnest(coalesce(cast(entries as varchar[][]), [])) as entry,
        generate_subscripts(coalesce(cast(entries as varchar[][]), []), 1) as line_number
    from {{ source('raw_qbo', 'ledger_months') }}
),

named as (
    select
        *,
        entry[4] as transaction_label,
        cast(replace(entry[6], ',', '') as decimal(18, 4)) as debit,
        cast(replace(entry[7], ',', '') as decimal(18, 4)) as credit,
        cast(replace(entry[8], ',', '') as decimal(18, 4)) as natural_amount
    from documents
)

select
    client_id,
    ledger_month,
    cast(line_number as integer) as line_number,
    nullif(entry[1], '') as account_id_qbo,
    entry[2] as account_full_name,
    cast(entry[3] as date) as entry_date,
    case
        when transaction_label like 'Bill Payment%' then 'bill_payment'
        when
            transaction_label in ('Expense', 'Check', 'Cash Expense', 'Credit Card Expense', 'Credit Card Credit')
            then 'purchase'
        when
            transaction_label in (
                'Bill', 'Invoice', 'Payment', 'Deposit', 'Transfer', 'Journal Entry', 'Vendor Credit', 'Credit Memo',
                'Sales Receipt'
            )
            then replace(lower(transaction_label), ' ', '_')
        when transaction_label in ('Refund', 'Refund Receipt') then 'refund_receipt'
        else 'other'
    end as transaction_type,
    transaction_label,
    nullif(entry[5], '') as transaction_id_qbo,
    {{ to_minor('(coalesce(debit, 0) - coalesce(credit, 0))', 'currency_code') }} as amount_minor,
    case
        when debit is null and credit is null
            then {{ to_minor('natural_amount', 'currency_code') }}
    end as natural_minor,
    currency_code
from named
