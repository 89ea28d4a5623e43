{{
    config(
        materialized='incremental',
        unique_key=['client_id', 'origin_date'],
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}
-- One row per client, day on which a forecast was published, bucket and coming week: what it said, and what the plain
-- rules said on that day. Kept as it was, whatever later builds know: a forecast is scored by its own words.
with lines as (
    select
        client_id,
        origin_date,
        bucket,
        week_number,
        sum(amount_minor) as forecast_minor
    from {{ ref('int_projection__lines') }}
    where is_current
    group by client_id, origin_date, bucket, week_number
)

select
    rivals.client_id,
    rivals.origin_date,
    rivals.bucket,
    rivals.week_number,
    cast(coalesce(lines.forecast_minor, 0) as bigint) as forecast_minor,
    rivals.due_date_minor,
    rivals.last_year_minor,
    rivals.mean_13_minor
from {{ ref('int_projection__rivals') }} as rivals
left join lines
    on
        rivals.client_id = lines.client_id
        and rivals.origin_date = lines.origin_date
        and rivals.bucket = lines.bucket
        and rivals.week_number = lines.week_number
where rivals.origin_date = {{ as_of_date() }}
