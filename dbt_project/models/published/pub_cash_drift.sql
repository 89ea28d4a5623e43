-- One row per client, currency and week: planned and actual cash of vendor payments, and why the two differ.
select
    advisor_id,
    client_id,
    currency_code,
    week_start_date,
    planned_minor,
    actual_minor,
    drift_minor,
    timing_minor,
    amount_part_minor,
    missing_minor,
    unplanned_minor,
    payout_count,
    drifting_count
from {{ ref('fct_cash_drift') }}
