-- One row per open invoice, Stripe payout on its way or Stripe balance, on the day its money is expected in
-- the bank.
with clients as (
    select
        client_id,
        currency_code
    from {{ ref('stg_control__clients') }}
),

invoices as (
    select * from {{ ref('int_cash__invoices') }}
    -- More than ninety days overdue is a question for collections, not money to plan with.
    where is_open and (due_date is null or date_diff('day', due_date, {{ as_of_date() }}) <= 90)
),

lags as (
    select
        client_id,
        payer_key,
        usual_days_after_due
    from {{ ref('int_projection__pay_lags') }}
    where kind = 'customer'
),

invoice_items as (
    select
        invoices.client_id,
        'receivables' as flow,
        -- Money that Stripe collects reaches the bank as a Stripe payout.
        case when invoices.invoice_id_stripe is not null then 'stripe_payouts' else 'receivables' end
            as bucket,
        coalesce(invoices.customer_name, 'A customer')
        || coalesce(' ' || invoices.invoice_number, '') as label,
        invoices.open_minor as amount_minor,
        invoices.currency_code,
        coalesce(invoices.due_date, invoices.invoice_date + 30)
        + coalesce(customer_lags.usual_days_after_due, client_lags.usual_days_after_due, 0) as likely_date,
        case
            when customer_lags.usual_days_after_due is not null
                then
                    'Due date; this customer usually pays '
                    || {{ usual_delay('customer_lags.usual_days_after_due') }}
            when client_lags.usual_days_after_due is not null
                then 'Due date; customers usually pay ' || {{ usual_delay('client_lags.usual_days_after_due') }}
            else 'Due date'
        end as basis,
        -- Later than usual already: a week from today is a plan, today is a hope.
        7 as days_when_late,
        invoices.source_rail,
        invoices.source_invoice_id as source_id,
        invoices.counterparty_id
    from invoices
    left join lags as customer_lags
        on
            invoices.client_id = customer_lags.client_id
            and coalesce(invoices.counterparty_id, invoices.customer_name) = customer_lags.payer_key
    left join lags as client_lags
        on invoices.client_id = client_lags.client_id and client_lags.payer_key = ''
),

seen_payouts as (
    select
        client_id,
        matched_id as payout_id_stripe
    from {{ ref('int_reconciliation__matches') }}
    where matched_rail = 'stripe' and status = 'matched'
),

payout_items as (
    select
        payouts.client_id,
        'stripe_payouts' as flow,
        'stripe_payouts' as bucket,
        'Stripe payout on its way' as label,
        payouts.amount_minor,
        payouts.currency_code,
        payouts.arrival_date as likely_date,
        'Arrival date given by Stripe' as basis,
        1 as days_when_late,
        'stripe' as source_rail,
        'stripe:' || payouts.payout_id_stripe as source_id,
        cast(null as varchar) as counterparty_id
    from {{ ref('stg_stripe__payouts') }} as payouts
    left join seen_payouts
        on
            payouts.client_id = seen_payouts.client_id
            and payouts.payout_id_stripe = seen_payouts.payout_id_stripe
    where
        seen_payouts.payout_id_stripe is null
        and (
            payouts.status in ('pending', 'in_transit')
            -- Stripe says paid when it sends; the bank shows it up to some days later.
            or (payouts.status = 'paid' and payouts.arrival_date >= {{ as_of_date() }} - 2)
        )
),

settled_lines as (
    select distinct
        client_id,
        balance_transaction_id_stripe
    from {{ ref('stg_stripe__payout_lines') }}
),

balance_items as (
    select
        transactions.client_id,
        'stripe_payouts' as flow,
        'stripe_payouts' as bucket,
        'Stripe balance not paid out yet' as label,
        cast(sum(transactions.net_minor) as bigint) as amount_minor,
        transactions.currency_code,
        {{ as_of_date() }} + 3 as likely_date,
        'Charges less fees and refunds of the last thirty days that no payout has settled' as basis,
        3 as days_when_late,
        'stripe' as source_rail,
        'stripe:balance' as source_id,
        cast(null as varchar) as counterparty_id
    from {{ ref('stg_stripe__balance_transactions') }} as transactions
    left join settled_lines
        on
            transactions.client_id = settled_lines.client_id
            and transactions.balance_transaction_id_stripe = settled_lines.balance_transaction_id_stripe
    where
        settled_lines.balance_transaction_id_stripe is null
        and transactions.type not in ('payout', 'payout_cancel', 'payout_failure')
        and cast(transactions.created_at as date) between {{ as_of_date() }} - 30 and {{ as_of_date() }}
    group by transactions.client_id, transactions.currency_code
    having sum(transactions.net_minor) > 0
),

unioned as (
    select * from invoice_items
    union all
    select * from payout_items
    union all
    select * from balance_items
)

select
    unioned.client_id,
    unioned.flow,
    unioned.bucket,
    unioned.label,
    unioned.amount_minor,
    unioned.currency_code,
    bank_days.settle_date as expected_date,
    unioned.basis
    || case
        when unioned.likely_date < {{ as_of_date() }}
            then '; that day has passed, so ' || unioned.days_when_late || ' days from today'
        else ''
    end as basis,
    unioned.source_rail,
    unioned.source_id,
    unioned.counterparty_id
from unioned
inner join clients
    on unioned.client_id = clients.client_id and unioned.currency_code = clients.currency_code
inner join {{ ref('int_cash__bank_days') }} as bank_days
    on
        case
            when unioned.likely_date is null or unioned.likely_date < {{ as_of_date() }}
                then {{ as_of_date() }} + unioned.days_when_late
            else unioned.likely_date
        end = bank_days.calendar_date
where unioned.amount_minor > 0
