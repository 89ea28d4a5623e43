-- One row per client, week and payout or bank line that its drift is made of.
select
    clients.advisor_id,
    lines.client_id,
    lines.week_start_date,
    lines.line_key,
    lines.payout_id,
    lines.posting_id_plaid,
    lines.label,
    lines.currency_code,
    lines.kind,
    lines.planned_minor,
    lines.actual_minor,
    lines.timing_minor,
    lines.amount_part_minor,
    lines.missing_minor,
    lines.unplanned_minor
from {{ ref('int_custody__drift_lines') }} as lines
inner join {{ ref('dim_clients') }} as clients
    on lines.client_id = clients.client_id
