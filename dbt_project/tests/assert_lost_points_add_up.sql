-- The points of a client's items add up to one hundred less the score, to the hundredth, for each rail and for all.
select
    history.client_id,
    history.rail,
    history.score_hundredths,
    coalesce(sum(points.points_hundredths), 0) as lost_hundredths
from {{ ref('int_quality__history') }} as history
left join {{ ref('int_quality__points') }} as points
    on history.client_id = points.client_id and history.rail = points.rail
where history.score_date = {{ as_of_date() }} and history.score_hundredths is not null
group by history.client_id, history.rail, history.score_hundredths
having history.score_hundredths + coalesce(sum(points.points_hundredths), 0) <> 10000
