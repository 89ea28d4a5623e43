-- One row per client, origin, bucket, coming week and way of telling what will come beyond the known items.
-- usual: the usual week of the last 26, less what is known. gap_13 and gap_26: what came beyond the known at the same
-- distance, on average over the last 13 or 26 origins whose week was over. season: gap_13, as much more or less as a
-- year ago.
-- A week never takes back what it does not bring: too much known is taken off the weeks after.
with known_weeks as (
    select * from {{ ref('int_projection__known_weeks') }}
),

bucket_weeks as (
    select * from {{ ref('int_projection__bucket_weeks') }}
),

-- What came beyond the known at an origin is known itself when that week is over: as many weeks later as it lay ahead.
gaps as (
    select
        client_id,
        bucket,
        week_number,
        origin_date + week_number * 7 as known_origin_date,
        avg(actual_minor - known_minor) over (latest rows between 12 preceding and current row) as gap_13,
        avg(actual_minor - known_minor) over (latest rows between 25 preceding and current row) as gap_26,
        row_number() over latest as gaps_seen
    from known_weeks
    where actual_minor is not null
    window latest as (partition by client_id, bucket, week_number order by origin_date)
),

joined as (
    select
        known_weeks.*,
        coalesce(lasts.usual_minor, 0)
        * case
            when known_weeks.week_number = 1 then greatest(6 - isodow(known_weeks.origin_date), 0) / 5.0
            else 1
        end
        - known_weeks.known_minor as usual,
        case when gaps.gaps_seen >= 4 then gaps.gap_13 end as gap_13,
        case when gaps.gaps_seen >= 4 then gaps.gap_26 end as gap_26,
        -- Half way from no season to the whole of last year's: one year is one draw.
        case
            when yearly.quarter_mean_minor <> 0
                then greatest(0.4, least(2.5, 1 + 0.7 * (ahead.around_mean_minor / yearly.quarter_mean_minor - 1)))
        end as season_ratio
    from known_weeks
    left join bucket_weeks as lasts
        on
            known_weeks.client_id = lasts.client_id
            and known_weeks.bucket = lasts.bucket
            and cast(date_trunc('week', known_weeks.origin_date) as date) - 7 = lasts.week_start_date
    left join gaps
        on
            known_weeks.client_id = gaps.client_id
            and known_weeks.bucket = gaps.bucket
            and known_weeks.week_number = gaps.week_number
            and known_weeks.origin_date = gaps.known_origin_date
    left join bucket_weeks as ahead
        on
            known_weeks.client_id = ahead.client_id
            and known_weeks.bucket = ahead.bucket
            and known_weeks.week_start_date - 364 = ahead.week_start_date
    left join bucket_weeks as yearly
        on
            known_weeks.client_id = yearly.client_id
            and known_weeks.bucket = yearly.bucket
            and cast(date_trunc('week', known_weeks.origin_date) as date) - 371 = yearly.week_start_date
),

long as (
    select
        client_id,
        origin_date,
        bucket,
        week_number,
        direction,
        known_minor,
        actual_minor,
        unnest(['usual', 'gap_13', 'gap_26', 'season']) as method,
        unnest([
            usual,
            coalesce(gap_13, usual),
            coalesce(gap_26, usual),
            coalesce(gap_13, usual) * coalesce(season_ratio, 1)
        ]) as wanted_minor
    from joined
),

running as (
    select
        *,
        greatest(
            0,
            sum(direction * wanted_minor) over (
                partition by client_id, origin_date, bucket, method order by week_number
            )
        ) as short_by
    from long
),

filled as (
    select
        * exclude (short_by, wanted_minor),
        cast(
            round(
                max(short_by) over (partition by client_id, origin_date, bucket, method order by week_number)
            ) as bigint
        ) as filled_minor
    from running
)

select
    * exclude (filled_minor),
    direction * (
        filled_minor
        - coalesce(
            lag(filled_minor) over (partition by client_id, origin_date, bucket, method order by week_number), 0
        )
    ) as residual_minor
from filled
