-- One row per origin and coming week: how many scales a close lies below or above its forecast, for bands of 80, 90 and
-- 95 in 100, from all clients' errors whose weeks were over at the origin.
-- Split conformal: of n errors the one that n + 1 would leave outside by the level; a band holds its share of new cases
-- in a finite sample, whatever the shape of the errors.
with scales as (
    select
        scales.client_id,
        scales.origin_date,
        scales.week_number,
        scales.scale_minor / sizes.week_outflow_minor as scale_weeks
    from {{ ref('int_projection__scales') }} as scales
    inner join {{ ref('int_projection__sizes') }} as sizes
        on scales.client_id = sizes.client_id and scales.origin_date = sizes.origin_date
    where scales.scale_minor > 0
),

-- An error is measured half way between the client's scale of then and of the origin (their geometric mean). While
-- errors shrink as a history grows, the scale of then lags behind them and its scores are too small for later; the
-- scale of the origin is made of these very errors and moves with each of them.
scores as (
    select
        scales.origin_date,
        scales.week_number,
        errors.error_minor / errors.week_outflow_minor / sqrt(then_scales.scale_weeks * scales.scale_weeks) as score
    from {{ ref('int_projection__errors') }} as errors
    inner join scales as then_scales
        on
            errors.client_id = then_scales.client_id
            and errors.week_number = then_scales.week_number
            and errors.origin_date = then_scales.origin_date
    inner join scales
        on
            errors.client_id = scales.client_id
            and errors.week_number = scales.week_number
            and errors.known_origin_date <= scales.origin_date
            -- Half a year of outcomes, as in the scale: older ones tell of another season and shorter histories.
            and errors.known_origin_date > scales.origin_date - 182
),

pooled as (
    select
        origin_date,
        week_number,
        list(score order by score) as scores,
        count(*) as scores_seen,
        -- Forecasts of neighbouring origins, h weeks ahead, share most of their weeks. Whether one ends outside is
        -- about half as alike as the errors are, so h / 2 of them say as much as one new.
        count(*) + greatest(1, week_number / 2) as with_new
    from scores
    group by origin_date, week_number
)

select
    origin_date,
    week_number,
    scores_seen,
    scores[greatest(1, cast(scores_seen + 1 - ceil(with_new * 0.9) as bigint))] as below_80,
    scores[least(scores_seen, cast(ceil(with_new * 0.9) as bigint))] as above_80,
    scores[greatest(1, cast(scores_seen + 1 - ceil(with_new * 0.95) as bigint))] as below_90,
    scores[least(scores_seen, cast(ceil(with_new * 0.95) as bigint))] as above_90,
    scores[greatest(1, cast(scores_seen + 1 - ceil(with_new * 0.975) as bigint))] as below_95,
    scores[least(scores_seen, cast(ceil(with_new * 0.975) as bigint))] as above_95,
    -- Ninety-nine evenly spaced scores, from which the chance of any close is read.
    list_transform(range(1, 100), lambda step: scores[cast(ceil(scores_seen * step / 100.0) as bigint)]) as percentiles
from pooled
