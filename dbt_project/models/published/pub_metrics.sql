-- One row per figure shown on a screen: what it means and where it comes from.
select
    metric_id,
    label,
    definition,
    model,
    column_name,
    unit
from {{ ref('metrics') }}
