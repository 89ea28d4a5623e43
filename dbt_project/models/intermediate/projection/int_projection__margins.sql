-- One row per origin and coming week: how many scales a close lies below or above its forecast, for bands of 80, 90 and
-- 95 in 100, from all clients' errors whose weeks were over at the origin.
-- Split conformal: of n errors the one that n + 1 would leave outside by the level; a band holds its share of new cases
-- in a finite sample, whatever the shape of the errors.
with scores as (
    select
        errors.known_origin_date,
        errors.week_number,
        errors.error_minor / scales.scale_minor as score
    from {{ ref('int_projection__errors') }} as errors
    inner join {{ ref('int_projection__scales') }} as scales
        on
            errors.client_id = scales.client_id
            and errors.origin_date = scales.origin_date
            and errors.week_number = scales.week_number
    where scales.scale_minor > 0
),

origins as (
    select distinct origin_date
    from {{ ref('int_projection__origins') }}
),

pooled as (
    select
        origins.origin_date,
        scores.week_number,
        list(scores.score order by scores.score) as scores,
        count(*) as scores_seen
    from origins
    inner join scores
        on
            origins.origin_date >= scores.known_origin_date
            -- Half a year of outcomes: older ones tell of another season and of shorter histories.
            and scores.known_origin_date > origins.origin_date - 182
    group by origins.origin_date, scores.week_number
)

select
    origin_date,
    week_number,
    scores_seen,
    scores[greatest(1, cast(floor((scores_seen + 1) * 0.1) as bigint))] as below_80,
    scores[least(scores_seen, cast(ceil((scores_seen + 1) * 0.9) as bigint))] as above_80,
    scores[greatest(1, cast(floor((scores_seen + 1) * 0.05) as bigint))] as below_90,
    scores[least(scores_seen, cast(ceil((scores_seen + 1) * 0.95) as bigint))] as above_90,
    scores[greatest(1, cast(floor((scores_seen + 1) * 0.025) as bigint))] as below_95,
    scores[least(scores_seen, cast(ceil((scores_seen + 1) * 0.975) as bigint))] as above_95,
    -- Ninety-nine evenly spaced scores, from which the chance of any close is read.
    list_transform(range(1, 100), lambda step: scores[cast(ceil(scores_seen * step / 100.0) as bigint)]) as percentiles
from pooled
