-- One row per client, currency and week: planned and actual cash of vendor payments, and why the two differ.
select
    clients.advisor_id,
    lines.client_id,
    lines.currency_code,
    lines.week_start_date,
    cast(sum(lines.planned_minor) as bigint) as planned_minor,
    cast(sum(lines.actual_minor) as bigint) as actual_minor,
    cast(sum(lines.actual_minor) - sum(lines.planned_minor) as bigint) as drift_minor,
    cast(sum(lines.timing_minor) as bigint) as timing_minor,
    cast(sum(lines.amount_part_minor) as bigint) as amount_part_minor,
    cast(sum(lines.missing_minor) as bigint) as missing_minor,
    cast(sum(lines.unplanned_minor) as bigint) as unplanned_minor,
    count(distinct lines.payout_id) as payout_count,
    count(*) filter (where lines.kind <> 'as planned') as drifting_count
from {{ ref('int_custody__drift_lines') }} as lines
inner join {{ ref('dim_clients') }} as clients
    on lines.client_id = clients.client_id
group by clients.advisor_id, lines.client_id, lines.currency_code, lines.week_start_date
