-- One row per client and week: 8 past weeks as they were, 13 coming weeks as they are expected.
select
    advisor_id,
    client_id,
    week_number,
    week_start_date,
    is_forecast,
    currency_code,
    opening_balance_minor,
    inflow_minor,
    outflow_minor,
    closing_balance_minor,
    closing_balance_minor_low,
    closing_balance_minor_high,
    closing_balance_minor_low_90,
    closing_balance_minor_high_90,
    closing_balance_minor_low_95,
    closing_balance_minor_high_95,
    breach_probability,
    closing_balance_minor_with_missing,
    breach_probability_with_missing,
    buffer_minor,
    is_below_buffer
from {{ ref('fct_cash_weeks') }}
