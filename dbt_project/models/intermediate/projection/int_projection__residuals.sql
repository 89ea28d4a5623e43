-- One row per client, bucket and coming week: what a usual week adds to the items that are known already.
-- Bills that have not arrived and invoices that are not written yet: known items are taken off first, week
-- after week
-- in total, so that an open bill is never counted a second time as part of the usual week.
with usual as (
    select * from {{ ref('int_projection__usual_weeks') }}
    where usual_week_minor <> 0
),

weeks as (
    select
        cast(week_number as integer) as week_number,
        cast(date_trunc('week', {{ as_of_date() }}) as date)
        + cast((week_number - 1) * 7 as integer) as week_start_date,
        -- This week has only its remaining working days to come.
        case
            when week_number = 1 then greatest(6 - isodow({{ as_of_date() }}), 0)
            else 5
        end as working_days
    from generate_series(1, 13) as series (week_number)
),

known as (
    select
        client_id,
        bucket,
        week_number,
        sum(amount_minor) as known_minor
    from {{ ref('int_projection__items') }}
    group by client_id, bucket, week_number
),

running as (
    select
        usual.client_id,
        usual.bucket,
        weeks.week_number,
        weeks.week_start_date,
        sign(usual.usual_week_minor) as direction,
        sum(abs(usual.usual_week_minor) * weeks.working_days / 5.0)
            over (partition by usual.client_id, usual.bucket order by weeks.week_number)
        - sum(abs(coalesce(known.known_minor, 0)))
            over (partition by usual.client_id, usual.bucket order by weeks.week_number) as short_by
    from usual
    cross join weeks
    left join known
        on
            usual.client_id = known.client_id
            and usual.bucket = known.bucket
            and weeks.week_number = known.week_number
),

filled as (
    select
        client_id,
        bucket,
        week_number,
        week_start_date,
        direction,
        cast(
            round(
                max(greatest(short_by, 0)) over (partition by client_id, bucket order by week_number)
            ) as bigint
        ) as filled_minor
    from running
),

added as (
    select
        *,
        cast(
            direction * (
                filled_minor
                - coalesce(lag(filled_minor) over (partition by client_id, bucket order by week_number), 0)
            ) as bigint
        ) as amount_minor
    from filled
)

select
    client_id,
    bucket,
    week_number,
    week_start_date,
    amount_minor
from added
where amount_minor <> 0
