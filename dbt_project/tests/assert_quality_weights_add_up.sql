-- The weights of the data-quality score add up to one, so that a perfect client scores exactly one hundred.
select sum(weight) as weights
from {{ ref('quality_components') }}
having abs(sum(weight) - 1) > 0.000001
