-- One row per payout of ours that left for Ramp, with what Ramp shows of it and when its money may show at the bank.
-- The window is counted in banking days from the payment date, by the way of paying; a rehearsal left for nowhere.
with windows as (
    select * from {{ ref('payment_windows') }}
),

days as (
    select * from {{ ref('int_cash__bank_days') }}
),

ramp_bills as (
    select * from {{ ref('stg_ramp__bills') }}
),

-- Ramp's bill as the executor knows it; until it has looked, the only one that carries our reference or our draft.
bills_of_payouts as (
    select
        payouts.client_id,
        payouts.payout_id,
        min(bills.bill_id_ramp) as bill_id_ramp
    from {{ ref('stg_control__payouts') }} as payouts
    inner join ramp_bills as bills
        on
            payouts.client_id = bills.client_id
            and (payouts.payout_id = bills.remote_id or payouts.rail_draft_id = bills.draft_bill_id_ramp)
    where payouts.rail_bill_id is null
    group by payouts.client_id, payouts.payout_id
    having count(*) = 1
),

sent as (
    select
        payouts.* exclude (rail_bill_id),
        coalesce(payouts.rail_bill_id, bills_of_payouts.bill_id_ramp) as rail_bill_id,
        ramp_bills.bill_id_ramp is not null as is_bill_at_ramp,
        ramp_bills.archived_at is not null as is_bill_archived,
        ramp_bills.status_summary as ramp_status_summary,
        ramp_bills.total_minor as ramp_minor,
        ramp_bills.payment_id_ramp,
        ramp_bills.paid_at is not null or ramp_bills.payment_effective_at is not null as is_started,
        coalesce(windows.payment_method, 'ACH') as payment_method,
        coalesce(ramp_bills.trace_id, payouts.trace_id) as known_trace_id,
        coalesce(
            cast(timezone('UTC', ramp_bills.payment_effective_at) as date),
            ramp_bills.payment_date,
            payouts.payment_date
        ) as told_payment_date
    from {{ ref('stg_control__payouts') }} as payouts
    left join bills_of_payouts
        on payouts.client_id = bills_of_payouts.client_id and payouts.payout_id = bills_of_payouts.payout_id
    left join ramp_bills
        on
            payouts.client_id = ramp_bills.client_id
            and coalesce(payouts.rail_bill_id, bills_of_payouts.bill_id_ramp) = ramp_bills.bill_id_ramp
    left join windows
        on ramp_bills.payment_method = windows.payment_method
    where
        payouts.sent_at is not null
        and coalesce(payouts.rail_draft_id, '') not like 'dry_run:%'
        and coalesce(payouts.rail_bill_id, '') not like 'dry_run:%'
),

-- A payment that Ramp gives no date yet starts so many banking days before the day it was signed to arrive on.
lead_days as (
    select
        sent.client_id,
        sent.payout_id,
        min(starts.calendar_date) as start_date
    from sent
    inner join windows
        on sent.payment_method = windows.payment_method
    inner join days as arrivals
        on sent.arrival_date = arrivals.calendar_date
    inner join days as starts
        on arrivals.bank_day_number - windows.lead_bank_days = starts.bank_day_number and starts.is_bank_day
    where sent.told_payment_date is null
    group by sent.client_id, sent.payout_id
),

dated as (
    select
        sent.* exclude (trace_id, payment_date, told_payment_date, known_trace_id),
        sent.known_trace_id as trace_id,
        coalesce(sent.told_payment_date, lead_days.start_date, sent.arrival_date) as payment_date
    from sent
    left join lead_days
        on sent.client_id = lead_days.client_id and sent.payout_id = lead_days.payout_id
),

last_days as (
    select
        dated.client_id,
        dated.payout_id,
        min(lasts.calendar_date) filter (
            where lasts.bank_day_number = firsts.bank_day_number + windows.bank_days_to_posting
        ) as window_to_date,
        min(lasts.calendar_date) filter (
            where lasts.bank_day_number
            = firsts.bank_day_number + windows.bank_days_to_posting + windows.bank_days_to_books
        ) as books_due_date
    from dated
    inner join windows
        on dated.payment_method = windows.payment_method
    inner join days as firsts
        on dated.payment_date = firsts.calendar_date
    inner join days as lasts
        on
            lasts.is_bank_day
            and lasts.bank_day_number in (
                firsts.bank_day_number + windows.bank_days_to_posting,
                firsts.bank_day_number + windows.bank_days_to_posting + windows.bank_days_to_books
            )
    group by dated.client_id, dated.payout_id
)

select
    dated.*,
    dated.payment_date - 1 as window_from_date,
    -- Out of the calendar's range (older than fifteen months) nothing is looked for any more; the figure stays honest.
    coalesce(last_days.window_to_date, dated.payment_date + 9) as window_to_date,
    coalesce(last_days.books_due_date, dated.payment_date + 16) as books_due_date,
    -- A name as banks print it: letters and digits, cut short. Shorter than five says too little.
    case
        when length({{ text_mark('dated.vendor_name') }}) >= 5
            then left({{ text_mark('dated.vendor_name') }}, 12)
    end as vendor_mark
from dated
left join last_days
    on dated.client_id = last_days.client_id and dated.payout_id = last_days.payout_id
