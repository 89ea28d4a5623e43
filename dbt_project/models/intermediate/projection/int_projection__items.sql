-- One row per known coming movement of cash inside the thirteen weeks: documents, payouts and recurring
-- series.
-- A recurring occurrence that an open bill of the same vendor already stands for is left to the bill.
with bill_items as (
    select * from {{ ref('int_projection__bill_items') }}
),

receipt_items as (
    select * from {{ ref('int_projection__receipt_items') }}
),

recurring_items as (
    select
        dates.client_id,
        dates.flow,
        'recurring' as bucket,
        dates.driver as label,
        dates.amount_minor,
        clients.currency_code,
        dates.expected_date,
        'Seen ' || dates.occurrences || ' times, ' || dates.cadence as basis,
        'plaid' as source_rail,
        dates.series_key || ' #' || dates.step as source_id,
        dates.counterparty_id
    from {{ ref('int_projection__recurring_dates') }} as dates
    inner join {{ ref('stg_control__clients') }} as clients
        on dates.client_id = clients.client_id
    where
        not exists (
            select 1
            from bill_items
            where
                bill_items.client_id = dates.client_id
                and bill_items.counterparty_id = dates.counterparty_id
                and abs(date_diff('day', bill_items.expected_date, dates.expected_date)) <= 10
                and abs(bill_items.amount_minor - dates.amount_minor) * 100 <= abs(dates.amount_minor) * 15
        )
),

unioned as (
    select * from bill_items
    union all
    select * from receipt_items
    union all
    select * from recurring_items
),

numbered as (
    select
        *,
        cast(
            date_diff(
                'day',
                cast(date_trunc('week', {{ as_of_date() }}) as date),
                cast(date_trunc('week', expected_date) as date)
            ) // 7 + 1 as integer
        ) as week_number
    from unioned
)

select *
from numbered
where week_number between 1 and 13
