-- One row per client, coming week and source line: the leaves from which every weekly total adds up.
select
    clients.advisor_id,
    lines.client_id,
    lines.week_number,
    lines.week_start_date,
    lines.flow,
    lines.label,
    lines.amount_minor,
    lines.currency_code,
    lines.expected_date,
    lines.basis,
    lines.source_rail,
    lines.source_id
from {{ ref('int_projection__lines') }} as lines
inner join {{ ref('dim_clients') }} as clients
    on lines.client_id = clients.client_id
where lines.is_current
