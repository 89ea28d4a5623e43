-- One row per known coming movement of cash of an origin's thirteen weeks, or the part of it that a week is expected to
-- see: documents, payouts and recurring series.
-- A recurring occurrence that an open bill of the same vendor already stands for is left to the bill.
with origins as (
    select
        client_id,
        origin_date,
        currency_code
    from {{ ref('int_projection__origins') }}
),

landings as (
    select
        landings.*,
        documents.source_rail,
        documents.counterparty_id,
        documents.label,
        documents.has_due_date
    from {{ ref('int_projection__landings') }} as landings
    inner join {{ ref('int_projection__documents') }} as documents
        on
            landings.client_id = documents.client_id
            and landings.kind = documents.kind
            and landings.source_id = documents.source_id
    where landings.amount_minor <> 0
),

habits as (
    select * from {{ ref('int_projection__open_habits') }}
),

document_items as (
    select
        landings.client_id,
        landings.origin_date,
        landings.flow,
        landings.bucket,
        landings.label,
        landings.amount_minor,
        landings.expected_date,
        habits.basis
        || case
            when landings.share > 0.995 then ''
            else '; ' || cast(round(100 * landings.share_by_then) as integer) || ' % of it by the end of this week'
        end as basis,
        landings.source_rail,
        landings.source_id,
        landings.counterparty_id,
        landings.share
    from landings
    inner join habits
        on
            landings.client_id = habits.client_id
            and landings.origin_date = habits.origin_date
            and landings.kind = habits.kind
            and landings.source_id = habits.source_id
),

payout_items as (
    select
        origins.client_id,
        origins.origin_date,
        'reserved_payouts' as flow,
        'bills' as bucket,
        coalesce(payouts.vendor_name, 'A vendor') || coalesce(' ' || bills.invoice_number, '') as label,
        -payouts.amount_minor as amount_minor,
        bank_days.settle_date as expected_date,
        'Approved payout, state ' || replace(payouts.state, '_', ' ')
        || case
            when payouts.arrival_date < origins.origin_date then '; that day has passed, so the next bank day'
            else ''
        end as basis,
        'ramp' as source_rail,
        'payout:' || payouts.payout_id as source_id,
        bills.counterparty_id,
        1.0 as share
    from {{ ref('int_projection__payout_spans') }} as payouts
    inner join origins
        on
            payouts.client_id = origins.client_id
            and payouts.currency_code = origins.currency_code
            and payouts.live_date <= origins.origin_date
    left join {{ ref('int_cash__bills') }} as bills
        on payouts.client_id = bills.client_id and payouts.source_bill_id = bills.source_bill_id
    inner join {{ ref('int_cash__bank_days') }} as bank_days
        on
            greatest(coalesce(payouts.arrival_date, origins.origin_date), origins.origin_date)
            = bank_days.calendar_date
    where payouts.paid_date is null or payouts.paid_date > origins.origin_date
),

stripe_items as (
    select
        client_id,
        origin_date,
        'stripe_payouts' as flow,
        'stripe_payouts' as bucket,
        label,
        amount_minor,
        expected_date,
        basis,
        'stripe' as source_rail,
        source_id,
        cast(null as varchar) as counterparty_id,
        1.0 as share
    from {{ ref('int_projection__stripe_items') }}
),

recurring_items as (
    select
        dates.client_id,
        dates.origin_date,
        dates.flow,
        case when dates.is_inflow then 'other_in' else 'other_out' end as bucket,
        dates.driver as label,
        dates.amount_minor,
        dates.expected_date,
        'Seen ' || dates.occurrences || ' times, ' || dates.cadence as basis,
        'plaid' as source_rail,
        dates.series_key || ' #' || dates.step as source_id,
        dates.counterparty_id,
        1.0 as share
    from {{ ref('int_projection__recurring_dates') }} as dates
    where
        not exists (
            select 1
            from landings
            where
                landings.client_id = dates.client_id
                and landings.origin_date = dates.origin_date
                and landings.counterparty_id = dates.counterparty_id
                and landings.flow = 'bills'
                and abs(date_diff('day', landings.expected_date, dates.expected_date)) <= 10
                and abs(landings.amount_minor / landings.share - dates.amount_minor) * 100
                <= abs(dates.amount_minor) * 15
        )
),

unioned as (
    select * from document_items
    union all
    select * from payout_items
    union all
    select * from stripe_items
    union all
    select * from recurring_items
),

numbered as (
    select
        *,
        cast(
            date_diff(
                'day',
                cast(date_trunc('week', origin_date) as date),
                cast(date_trunc('week', expected_date) as date)
            ) // 7 + 1 as integer
        ) as week_number
    from unioned
)

select *
from numbered
where week_number between 1 and 13
