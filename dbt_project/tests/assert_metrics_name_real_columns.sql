-- depends_on: {{ ref('pub_portfolio') }} {{ ref('pub_cash_weeks') }} {{ ref('pub_cash_lines') }}
-- depends_on: {{ ref('pub_open_bills') }} {{ ref('pub_open_invoices') }} {{ ref('pub_variances') }}
-- depends_on: {{ ref('pub_aging') }} {{ ref('pub_hygiene_items') }} {{ ref('pub_quality_scores') }} {{ ref('pub_quality_history') }}
-- depends_on: {{ ref('pub_rail_health') }} {{ ref('pub_reconciliation') }} {{ ref('pub_payout_proofs') }}
-- A registered figure points at a column that is really published.
select
    metrics.metric_id,
    metrics.model,
    metrics.column_name
from {{ ref('pub_metrics') }} as metrics
left join information_schema.columns as columns
    on
        metrics.model = columns.table_name
        and metrics.column_name = columns.column_name
        and columns.table_schema = '{{ ref("pub_metrics").schema }}'
where columns.column_name is null
