-- One row per client, bucket of flows (and all together) and weeks ahead: how far kept forecasts were off so
-- far, beside the plain rules.
with scores as (
    select * from {{ ref('fct_forecast_scores') }}
),

summed as (
    select
        advisor_id,
        client_id,
        bucket,
        origin_date,
        week_number,
        forecast_minor,
        due_date_minor,
        last_year_minor,
        mean_13_minor,
        actual_minor
    from scores

    union all

    select
        advisor_id,
        client_id,
        'all' as bucket,
        origin_date,
        week_number,
        sum(forecast_minor) as forecast_minor,
        sum(due_date_minor) as due_date_minor,
        sum(last_year_minor) as last_year_minor,
        sum(mean_13_minor) as mean_13_minor,
        sum(actual_minor) as actual_minor
    from scores
    group by advisor_id, client_id, origin_date, week_number
)

select
    summed.advisor_id,
    summed.client_id,
    summed.bucket,
    summed.week_number,
    count(*) as forecast_count,
    cast(sum(abs(summed.actual_minor)) as bigint) as actual_minor,
    cast(sum(abs(summed.actual_minor - summed.forecast_minor)) as bigint) as error_minor,
    cast(sum(abs(summed.actual_minor - summed.due_date_minor)) as bigint) as due_date_error_minor,
    cast(sum(abs(summed.actual_minor - summed.last_year_minor)) as bigint) as last_year_error_minor,
    cast(sum(abs(summed.actual_minor - summed.mean_13_minor)) as bigint) as mean_13_error_minor,
    clients.currency_code
from summed
inner join {{ ref('dim_clients') }} as clients
    on summed.client_id = clients.client_id
group by summed.advisor_id, summed.client_id, summed.bucket, summed.week_number, clients.currency_code
