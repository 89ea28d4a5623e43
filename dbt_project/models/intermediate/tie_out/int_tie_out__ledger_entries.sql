-- One row per entry of a transaction on a ledger account: the double entry of everything that we read of the books.
-- Debit positive. What the lines leave of a total stands on line -1: on the tax account of a sale, else on none, so
-- that every transaction adds up to zero and what we could not place is seen.
with charts as (
    select
        client_id,
        min(case when account_type = 'Accounts Payable' then account_id_qbo end) as payables,
        min(case when account_type = 'Accounts Receivable' then account_id_qbo end) as receivables,
        min(case when account_subtype = 'UndepositedFunds' then account_id_qbo end) as undeposited,
        min(case when account_subtype in ('GlobalTaxPayable', 'SalesTaxPayable') then account_id_qbo end) as sales_tax
    from {{ ref('stg_qbo__accounts') }}
    group by client_id
),

-- The side of the document itself: payables, receivables, the bank.
heads as (
    select
        bills.client_id,
        'bill' as transaction_type,
        bills.bill_id_qbo as transaction_id_qbo,
        0 as line_number,
        coalesce(bills.payable_account_id_qbo, charts.payables) as account_id_qbo,
        -bills.total_minor as amount_minor,
        bills.bill_date as transaction_date,
        bills.currency_code,
        bills.updated_at
    from {{ ref('stg_qbo__bills') }} as bills
    left join charts on bills.client_id = charts.client_id
    union all
    select
        credits.client_id,
        'vendor_credit' as transaction_type,
        credits.vendor_credit_id_qbo as transaction_id_qbo,
        0 as line_number,
        coalesce(credits.payable_account_id_qbo, charts.payables) as account_id_qbo,
        credits.total_minor as amount_minor,
        credits.credit_date as transaction_date,
        credits.currency_code,
        credits.updated_at
    from {{ ref('stg_qbo__vendor_credits') }} as credits
    left join charts on credits.client_id = charts.client_id
    union all
    select
        payments.client_id,
        'bill_payment' as transaction_type,
        payments.bill_payment_id_qbo as transaction_id_qbo,
        sides.line_number,
        case sides.line_number
            when 0 then coalesce(payments.bank_account_id_qbo, payments.card_account_id_qbo)
            else coalesce(payments.payable_account_id_qbo, charts.payables)
        end as account_id_qbo,
        sides.sign * payments.amount_minor as amount_minor,
        payments.payment_date as transaction_date,
        payments.currency_code,
        payments.updated_at
    from {{ ref('stg_qbo__bill_payments') }} as payments
    left join charts on payments.client_id = charts.client_id
    cross join (values (0, 1), (1, -1)) as sides (line_number, sign)
    union all
    select
        client_id,
        'purchase' as transaction_type,
        purchase_id_qbo as transaction_id_qbo,
        0 as line_number,
        account_id_qbo,
        amount_minor,
        purchase_date as transaction_date,
        currency_code,
        updated_at
    from {{ ref('stg_qbo__purchases') }}
    union all
    select
        invoices.client_id,
        'invoice' as transaction_type,
        invoices.invoice_id_qbo as transaction_id_qbo,
        0 as line_number,
        charts.receivables as account_id_qbo,
        invoices.total_minor as amount_minor,
        invoices.invoice_date as transaction_date,
        invoices.currency_code,
        invoices.updated_at
    from {{ ref('stg_qbo__invoices') }} as invoices
    left join charts on invoices.client_id = charts.client_id
    union all
    select
        memos.client_id,
        'credit_memo' as transaction_type,
        memos.credit_memo_id_qbo as transaction_id_qbo,
        0 as line_number,
        charts.receivables as account_id_qbo,
        -memos.total_minor as amount_minor,
        memos.credit_date as transaction_date,
        memos.currency_code,
        memos.updated_at
    from {{ ref('stg_qbo__credit_memos') }} as memos
    left join charts on memos.client_id = charts.client_id
    union all
    select
        payments.client_id,
        'payment' as transaction_type,
        payments.payment_id_qbo as transaction_id_qbo,
        sides.line_number,
        case sides.line_number
            when 0 then coalesce(payments.deposit_account_id_qbo, charts.undeposited) else charts.receivables
        end as account_id_qbo,
        sides.sign * payments.amount_minor as amount_minor,
        payments.payment_date as transaction_date,
        payments.currency_code,
        payments.updated_at
    from {{ ref('stg_qbo__payments') }} as payments
    left join charts on payments.client_id = charts.client_id
    cross join (values (0, 1), (1, -1)) as sides (line_number, sign)
    union all
    select
        receipts.client_id,
        'sales_receipt' as transaction_type,
        receipts.sales_receipt_id_qbo as transaction_id_qbo,
        0 as line_number,
        coalesce(receipts.account_id_qbo, charts.undeposited) as account_id_qbo,
        receipts.total_minor as amount_minor,
        receipts.sales_date as transaction_date,
        receipts.currency_code,
        receipts.updated_at
    from {{ ref('stg_qbo__sales_receipts') }} as receipts
    left join charts on receipts.client_id = charts.client_id
    union all
    select
        client_id,
        'refund_receipt' as transaction_type,
        refund_receipt_id_qbo as transaction_id_qbo,
        0 as line_number,
        account_id_qbo,
        -total_minor as amount_minor,
        refund_date as transaction_date,
        currency_code,
        updated_at
    from {{ ref('stg_qbo__refund_receipts') }}
    union all
    select
        deposits.client_id,
        'deposit' as transaction_type,
        deposits.deposit_id_qbo as transaction_id_qbo,
        0 as line_number,
        deposits.account_id_qbo,
        deposits.amount_minor,
        deposits.deposit_date as transaction_date,
        deposits.currency_code,
        deposits.updated_at
    from {{ ref('stg_qbo__deposits') }} as deposits
    union all
    select
        transfers.client_id,
        'transfer' as transaction_type,
        transfers.transfer_id_qbo as transaction_id_qbo,
        sides.line_number,
        case sides.line_number
            when 0 then transfers.to_account_id_qbo else transfers.from_account_id_qbo
        end as account_id_qbo,
        sides.sign * transfers.amount_minor as amount_minor,
        transfers.transfer_date as transaction_date,
        transfers.currency_code,
        transfers.updated_at
    from {{ ref('stg_qbo__transfers') }} as transfers
    cross join (values (0, 1), (1, -1)) as sides (line_number, sign)
),

documents as (
    select
        client_id,
        transaction_type,
        transaction_id_qbo,
        transaction_date,
        currency_code,
        updated_at
    from heads
    where line_number = 0
    union all
    select
        client_id,
        'journal_entry' as transaction_type,
        journal_entry_id_qbo as transaction_id_qbo,
        entry_date as transaction_date,
        currency_code,
        updated_at
    from {{ ref('stg_qbo__journal_entries') }}
),

-- The other side: what each line books to.
lines as (
    select
        client_id,
        'bill' as transaction_type,
        bill_id_qbo as transaction_id_qbo,
        line_number,
        account_id_qbo,
        amount_minor
    from {{ ref('stg_qbo__bill_lines') }}
    union all
    select
        client_id,
        'vendor_credit' as transaction_type,
        vendor_credit_id_qbo as transaction_id_qbo,
        line_number,
        account_id_qbo,
        -amount_minor as amount_minor
    from {{ ref('stg_qbo__vendor_credit_lines') }}
    union all
    select
        purchase_lines.client_id,
        'purchase' as transaction_type,
        purchase_lines.purchase_id_qbo as transaction_id_qbo,
        purchase_lines.line_number,
        purchase_lines.account_id_qbo,
        case when purchases.amount_minor > 0 then -1 else 1 end * purchase_lines.amount_minor as amount_minor
    from {{ ref('stg_qbo__purchase_lines') }} as purchase_lines
    inner join {{ ref('stg_qbo__purchases') }} as purchases
        on
            purchase_lines.client_id = purchases.client_id
            and purchase_lines.purchase_id_qbo = purchases.purchase_id_qbo
    union all
    select
        item_lines.client_id,
        item_lines.transaction_type,
        item_lines.transaction_id_qbo,
        item_lines.line_number,
        -- What goes to stock is not spent yet.
        case
            when items.item_type = 'Inventory' then items.asset_account_id_qbo else items.expense_account_id_qbo
        end as account_id_qbo,
        case
            when item_lines.transaction_type = 'vendor_credit' or purchases.amount_minor > 0 then -1 else 1
        end * item_lines.amount_minor as amount_minor
    from {{ ref('stg_qbo__item_lines') }} as item_lines
    left join {{ ref('stg_qbo__items') }} as items
        on item_lines.client_id = items.client_id and item_lines.item_id_qbo = items.item_id_qbo
    left join {{ ref('stg_qbo__purchases') }} as purchases
        on
            item_lines.client_id = purchases.client_id
            -- Within the key: as a condition of its own it would compare every line with every purchase.
            and case when item_lines.transaction_type = 'purchase' then item_lines.transaction_id_qbo end
            = purchases.purchase_id_qbo
    union all
    select
        sales_lines.client_id,
        sales_lines.transaction_type,
        sales_lines.transaction_id_qbo,
        sales_lines.line_number,
        coalesce(sales_lines.account_id_qbo, items.income_account_id_qbo) as account_id_qbo,
        case when sales_lines.transaction_type in ('invoice', 'sales_receipt') then -1 else 1 end
        * sales_lines.amount_minor as amount_minor
    from {{ ref('stg_qbo__sales_lines') }} as sales_lines
    left join {{ ref('stg_qbo__items') }} as items
        on sales_lines.client_id = items.client_id and sales_lines.item_id_qbo = items.item_id_qbo
    union all
    select
        deposit_lines.client_id,
        'deposit' as transaction_type,
        deposit_lines.deposit_id_qbo as transaction_id_qbo,
        deposit_lines.line_number,
        -- A payment that is deposited leaves the funds that waited for it.
        coalesce(deposit_lines.account_id_qbo, payments.deposit_account_id_qbo, charts.undeposited) as account_id_qbo,
        -deposit_lines.amount_minor as amount_minor
    from {{ ref('stg_qbo__deposit_lines') }} as deposit_lines
    left join charts on deposit_lines.client_id = charts.client_id
    left join {{ ref('stg_qbo__payments') }} as payments
        on
            deposit_lines.client_id = payments.client_id
            and deposit_lines.payment_id_qbo = payments.payment_id_qbo
    union all
    select
        client_id,
        'deposit' as transaction_type,
        deposit_id_qbo as transaction_id_qbo,
        -2 as line_number,
        cash_back_account_id_qbo as account_id_qbo,
        cash_back_minor as amount_minor
    from {{ ref('stg_qbo__deposits') }}
    where coalesce(cash_back_minor, 0) <> 0
    union all
    select
        client_id,
        'journal_entry' as transaction_type,
        journal_entry_id_qbo as transaction_id_qbo,
        line_number,
        account_id_qbo,
        amount_minor
    from {{ ref('stg_qbo__journal_entry_lines') }}
),

placed as (
    select
        heads.client_id,
        heads.transaction_type,
        heads.transaction_id_qbo,
        heads.line_number,
        heads.account_id_qbo,
        heads.amount_minor
    from heads
    union all
    select * from lines
),

rests as (
    select
        placed.client_id,
        placed.transaction_type,
        placed.transaction_id_qbo,
        -1 as line_number,
        case
            when placed.transaction_type in ('invoice', 'credit_memo', 'sales_receipt', 'refund_receipt')
                then charts.sales_tax
        end as account_id_qbo,
        -cast(sum(placed.amount_minor) as bigint) as amount_minor
    from placed
    left join charts on placed.client_id = charts.client_id
    group by placed.client_id, placed.transaction_type, placed.transaction_id_qbo, charts.sales_tax
    having sum(placed.amount_minor) <> 0
),

entries as (
    select * from placed
    where amount_minor <> 0
    union all
    select * from rests
)

select
    entries.client_id,
    entries.transaction_type,
    entries.transaction_id_qbo,
    entries.line_number,
    entries.account_id_qbo,
    entries.amount_minor,
    documents.transaction_date,
    cast(date_trunc('month', documents.transaction_date) as date) as ledger_month,
    documents.currency_code,
    documents.updated_at
from entries
inner join documents
    on
        entries.client_id = documents.client_id
        and entries.transaction_type = documents.transaction_type
        and entries.transaction_id_qbo = documents.transaction_id_qbo
