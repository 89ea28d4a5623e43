-- One row per open bill or live payout of ours on the day its money is expected to leave the bank.
-- A bill that a payout of ours already pays stands once, as the payout.
with clients as (
    select
        client_id,
        currency_code
    from {{ ref('stg_control__clients') }}
),

bills as (
    select * from {{ ref('int_cash__bills') }}
),

payouts as (
    select
        *,
        case
            -- The posting is in the bank balance already, so the money must not leave a second time.
            when posting_id_plaid is not null or state = 'settled' then 'paid'
            when
                state in (
                    'approved', 'reserved', 'sending', 'unconfirmed', 'handed_off',
                    'at_rail', 'in_flight', 'rail_paid', 'mismatched'
                )
                then 'live'
        end as stage
    from {{ ref('stg_control__payouts') }}
),

lags as (
    select
        client_id,
        payer_key,
        usual_days_after_due
    from {{ ref('int_projection__pay_lags') }}
    where kind = 'vendor'
),

rejected as (
    -- A person said that this bill is a copy: it will not be paid.
    select
        items.client_id,
        items.record_id as bill_id_qbo
    from {{ ref('int_hygiene__decided') }} as items
    where items.kind = 'duplicate_bill' and items.decision = 'confirmed'
),

bill_items as (
    select
        bills.client_id,
        case
            when bills.ramp_payment_date is not null then 'ramp' else split_part(bills.source_bill_id, ':', 1)
        end
            as source_rail,
        bills.source_bill_id as source_id,
        bills.counterparty_id,
        coalesce(bills.vendor_name, 'A vendor') || coalesce(' ' || bills.invoice_number, '') as label,
        -bills.open_minor as amount_minor,
        bills.currency_code,
        coalesce(
            bills.ramp_payment_date,
            bills.due_date + coalesce(vendor_lags.usual_days_after_due, client_lags.usual_days_after_due, 0),
            bills.bill_date + 30
        ) as likely_date,
        case
            when bills.ramp_payment_date is not null then 'Payment date set in Ramp'
            when bills.due_date is null then 'No due date: thirty days after the bill date'
            when vendor_lags.usual_days_after_due is not null
                then
                    'Due date; this vendor is usually paid '
                    || {{ usual_delay('vendor_lags.usual_days_after_due') }}
            when client_lags.usual_days_after_due is not null
                then 'Due date; bills are usually paid ' || {{ usual_delay('client_lags.usual_days_after_due') }}
            else 'Due date'
        end as basis
    from bills
    left join payouts
        on
            bills.client_id = payouts.client_id
            and bills.source_bill_id = payouts.source_bill_id
            and payouts.stage is not null
    left join rejected
        on bills.client_id = rejected.client_id and bills.bill_id_qbo = rejected.bill_id_qbo
    left join lags as vendor_lags
        on
            bills.client_id = vendor_lags.client_id
            and coalesce(bills.counterparty_id, bills.vendor_id_qbo, bills.vendor_name)
            = vendor_lags.payer_key
    left join lags as client_lags
        on bills.client_id = client_lags.client_id and client_lags.payer_key = ''
    where bills.is_open and payouts.payout_id is null and rejected.bill_id_qbo is null
),

payout_items as (
    select
        payouts.client_id,
        'ramp' as source_rail,
        'payout:' || payouts.payout_id as source_id,
        bills.counterparty_id,
        coalesce(payouts.vendor_name, 'A vendor') || coalesce(' ' || bills.invoice_number, '') as label,
        -payouts.amount_minor as amount_minor,
        payouts.currency_code,
        payouts.arrival_date as likely_date,
        'Approved payout, state ' || replace(payouts.state, '_', ' ') as basis
    from payouts
    left join bills
        on payouts.client_id = bills.client_id and payouts.source_bill_id = bills.source_bill_id
    where payouts.stage = 'live'
),

unioned as (
    select
        *,
        'bills' as flow
    from bill_items
    union all
    select
        *,
        'reserved_payouts' as flow
    from payout_items
)

select
    unioned.client_id,
    unioned.flow,
    'bills' as bucket,
    unioned.label,
    unioned.amount_minor,
    unioned.currency_code,
    bank_days.settle_date as expected_date,
    unioned.basis
    || case
        when
            unioned.likely_date < {{ as_of_date() }}
            then '; that day has passed, so the next bank day'
        else ''
    end
        as basis,
    unioned.source_rail,
    unioned.source_id,
    unioned.counterparty_id
from unioned
inner join clients
    on unioned.client_id = clients.client_id and unioned.currency_code = clients.currency_code
inner join {{ ref('int_cash__bank_days') }} as bank_days
    on
        greatest(coalesce(unioned.likely_date, {{ as_of_date() }}), {{ as_of_date() }})
        = bank_days.calendar_date
