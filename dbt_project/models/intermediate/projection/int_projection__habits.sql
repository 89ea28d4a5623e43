-- One row per client, kind and payer, and day on which one more payment of it became known: its last sixteen lags, in
-- days from due date to cash. The empty payer is the client's own habit over its last eighty payments.
with settled as (
    select
        documents.client_id,
        documents.kind,
        documents.payer_key,
        documents.source_id,
        settlements.known_date,
        -- A bank that tells of a payment years after its due date has a wrong due date.
        greatest(-90, least(180, date_diff('day', documents.due_date, settlements.paid_date))) as lag_days
    from {{ ref('int_projection__settlements') }} as settlements
    inner join {{ ref('int_projection__documents') }} as documents
        on
            settlements.client_id = documents.client_id
            and settlements.kind = documents.kind
            and settlements.source_id = documents.source_id
    where
        settlements.is_payment
        and settlements.paid_date is not null
        and documents.has_due_date
        and settlements.known_date <= {{ as_of_date() }}
),

rolled as (
    select
        client_id,
        kind,
        payer_key,
        known_date,
        list(lag_days) over (
            partition by client_id, kind, payer_key
            order by known_date, source_id
            rows between 15 preceding and current row
        ) as lags,
        row_number() over (
            partition by client_id, kind, payer_key, known_date order by source_id desc
        ) as newest
    from settled

    union all

    select
        client_id,
        kind,
        '' as payer_key,
        known_date,
        list(lag_days) over (
            partition by client_id, kind
            order by known_date, source_id
            rows between 79 preceding and current row
        ) as lags,
        row_number() over (partition by client_id, kind, known_date order by source_id desc) as newest
    from settled
)

select
    client_id,
    kind,
    payer_key,
    known_date,
    list_sort(lags) as lags,
    cast(list_median(lags) as integer) as usual_days_after_due
from rolled
where newest = 1
