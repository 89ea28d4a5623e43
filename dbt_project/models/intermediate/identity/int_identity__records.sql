-- One row per rail record that is a sight of money moved or owed.
with links as (
    select * from {{ ref('int_counterparties__links') }}
),

bank_entries as (
    select
        entries.client_id,
        entries.journal_entry_id_qbo,
        entries.entry_date,
        entries.currency_code,
        entries.created_at,
        cast(sum(lines.amount_minor) as bigint) as amount_minor
    from {{ ref('stg_qbo__journal_entries') }} as entries
    inner join {{ ref('stg_qbo__journal_entry_lines') }} as lines
        on entries.client_id = lines.client_id and entries.journal_entry_id_qbo = lines.journal_entry_id_qbo
    inner join {{ ref('stg_qbo__accounts') }} as accounts
        on lines.client_id = accounts.client_id and lines.account_id_qbo = accounts.account_id_qbo
    where accounts.account_type = 'Bank'
    group by
        entries.client_id,
        entries.journal_entry_id_qbo,
        entries.entry_date,
        entries.currency_code,
        entries.created_at
),

unioned as (
    select
        client_id,
        'qbo' as rail,
        'bill' as object_type,
        bill_id_qbo as record_id,
        'debt' as kind,
        -total_minor as amount_minor,
        currency_code,
        bill_date as record_date,
        'vendor' as party_type,
        vendor_id_qbo as party_id,
        {{ document_number('invoice_number') }} as reference,
        created_at as recorded_at,
        bill_id_qbo as lasting_id
    from {{ ref('stg_qbo__bills') }}
    union all
    select
        client_id,
        'qbo',
        'bill_payment',
        bill_payment_id_qbo,
        'movement',
        amount_minor,
        currency_code,
        payment_date,
        'vendor',
        vendor_id_qbo,
        reference,
        created_at,
        bill_payment_id_qbo
    from {{ ref('stg_qbo__bill_payments') }}
    union all
    select
        client_id,
        'qbo',
        'purchase',
        purchase_id_qbo,
        'movement',
        amount_minor,
        currency_code,
        purchase_date,
        counterparty_kind,
        counterparty_id_qbo,
        reference,
        created_at,
        purchase_id_qbo
    from {{ ref('stg_qbo__purchases') }}
    union all
    select
        client_id,
        'qbo',
        'invoice',
        invoice_id_qbo,
        'debt',
        total_minor,
        currency_code,
        invoice_date,
        'customer',
        customer_id_qbo,
        {{ document_number('invoice_number') }},
        created_at,
        invoice_id_qbo
    from {{ ref('stg_qbo__invoices') }}
    union all
    select
        client_id,
        'qbo',
        'payment',
        payment_id_qbo,
        'movement',
        amount_minor,
        currency_code,
        payment_date,
        'customer',
        customer_id_qbo,
        reference,
        created_at,
        payment_id_qbo
    from {{ ref('stg_qbo__payments') }}
    union all
    select
        client_id,
        'qbo',
        'deposit',
        deposit_id_qbo,
        'movement',
        amount_minor,
        currency_code,
        deposit_date,
        null,
        null,
        reference,
        created_at,
        deposit_id_qbo
    from {{ ref('stg_qbo__deposits') }}
    union all
    select
        client_id,
        'qbo',
        'transfer',
        transfer_id_qbo,
        'movement',
        amount_minor,
        currency_code,
        transfer_date,
        null,
        null,
        null,
        created_at,
        transfer_id_qbo
    from {{ ref('stg_qbo__transfers') }}
    union all
    select
        client_id,
        'ramp',
        'bill',
        bill_id_ramp,
        'debt',
        -total_minor,
        currency_code,
        bill_date,
        'vendor',
        vendor_id_ramp,
        {{ document_number('invoice_number') }},
        created_at,
        bill_id_ramp
    from {{ ref('stg_ramp__bills') }}
    where archived_at is null
    union all
    -- Only what a journal entry does to a bank account is a movement of money.
    select
        client_id,
        'qbo',
        'journal_entry',
        journal_entry_id_qbo,
        'movement',
        amount_minor,
        currency_code,
        entry_date,
        null,
        null,
        null,
        created_at,
        journal_entry_id_qbo
    from bank_entries
    union all
    select
        client_id,
        'ramp',
        'reimbursement',
        reimbursement_id_ramp,
        'movement',
        amount_minor,
        currency_code,
        transacted_date,
        null,
        null,
        null,
        created_at,
        reimbursement_id_ramp
    from {{ ref('stg_ramp__reimbursements') }}
    union all
    select
        client_id,
        'ramp',
        'transaction',
        transaction_id_ramp,
        'movement',
        amount_minor,
        currency_code,
        cast(transacted_at as date),
        'transaction',
        transaction_id_ramp,
        null,
        transacted_at,
        transaction_id_ramp
    from {{ ref('stg_ramp__transactions') }}
    union all
    select
        client_id,
        'ramp',
        'transfer',
        transfer_id_ramp,
        'movement',
        amount_minor,
        currency_code,
        cast(created_at as date),
        null,
        null,
        null,
        created_at,
        transfer_id_ramp
    from {{ ref('stg_ramp__transfers') }}
    union all
    select
        client_id,
        'plaid',
        'posting',
        posting_id_plaid,
        'movement',
        amount_minor,
        currency_code,
        posted_date,
        'posting',
        posting_id_plaid,
        coalesce(check_number, reference_number),
        {{ day_start('coalesce(authorized_date, posted_date)') }},
        coalesce(pending_posting_id_plaid, posting_id_plaid)
    from {{ ref('int_bank__postings') }}
    union all
    select
        client_id,
        'stripe',
        'invoice',
        invoice_id_stripe,
        'debt',
        total_minor,
        currency_code,
        invoice_date,
        'customer',
        customer_id_stripe,
        {{ document_number('invoice_number') }},
        coalesce(finalized_at, {{ day_start('invoice_date') }}),
        invoice_id_stripe
    from {{ ref('stg_stripe__invoices') }}
    union all
    select
        client_id,
        'stripe',
        'charge',
        charge_id_stripe,
        'movement',
        amount_minor,
        currency_code,
        cast(created_at as date),
        'customer',
        customer_id_stripe,
        null,
        created_at,
        charge_id_stripe
    from {{ ref('stg_stripe__charges') }}
    union all
    select
        client_id,
        'stripe',
        'refund',
        refund_id_stripe,
        'movement',
        amount_minor,
        currency_code,
        cast(created_at as date),
        null,
        null,
        null,
        created_at,
        refund_id_stripe
    from {{ ref('stg_stripe__refunds') }}
    union all
    select
        client_id,
        'stripe',
        'dispute',
        dispute_id_stripe,
        'movement',
        amount_minor,
        currency_code,
        cast(created_at as date),
        null,
        null,
        null,
        created_at,
        dispute_id_stripe
    from {{ ref('stg_stripe__disputes') }}
    union all
    select
        client_id,
        'stripe',
        'payout',
        payout_id_stripe,
        'movement',
        amount_minor,
        currency_code,
        arrival_date,
        null,
        null,
        trace_id,
        created_at,
        payout_id_stripe
    from {{ ref('stg_stripe__payouts') }}
)

select
    unioned.client_id,
    unioned.rail,
    unioned.object_type,
    unioned.record_id,
    unioned.kind,
    unioned.amount_minor,
    unioned.currency_code,
    unioned.record_date,
    case
        when unioned.party_type in ('vendor', 'customer') and unioned.party_id is not null
            then {{ record_key('unioned.rail', 'unioned.party_type', 'unioned.party_id') }}
    end as party_key,
    links.counterparty_id,
    unioned.reference,
    coalesce(unioned.recorded_at, {{ day_start('unioned.record_date') }}) as recorded_at,
    md5(concat_ws('|', unioned.client_id, unioned.rail, unioned.object_type, unioned.lasting_id)) as own_event_id,
    -- Graphs are counted in numbers: the record that a rail wrote first comes first.
    row_number() over (
        order by
            coalesce(unioned.recorded_at, {{ day_start('unioned.record_date') }}),
            md5(concat_ws('|', unioned.client_id, unioned.rail, unioned.object_type, unioned.lasting_id)),
            unioned.record_id
    ) - 1 as record_place
from unioned
left join links
    on
        unioned.client_id = links.client_id
        and unioned.rail = links.rail
        and unioned.party_type = links.object_type
        and unioned.party_id = links.record_id
