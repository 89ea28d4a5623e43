-- One row per bill that is late by its rhythm, as the hygiene tray asks about it.
-- Named by the last bill and the steps since, so that it stays the same item until the bill comes or the rhythm ends.
select
    client_id,
    'expected_bill' as kind,
    'qbo' as rail,
    concat_ws('|', counterparty_id, currency_code, last_bill_date, silent_steps) as record_id,
    cast(null as varchar) as claim_kind,
    cast(null as varchar) as claim_id,
    expected_score as wrong_probability,
    counterparty_name,
    usual_minor as amount_minor,
    currency_code,
    expected_date as item_date,
    'No bill from ' || counterparty_name || ' since ' || strftime(last_bill_date, '%d %b %Y') as title,
    evidence as detail,
    'Ask ' || counterparty_name || ' for the invoice and enter it, or dismiss this when nothing was bought.' as remedy,
    to_json(
        {
            counterparty_id: counterparty_id,
            cadence: cadence,
            expected_date: expected_date,
            earliest_date: earliest_date,
            latest_date: latest_date,
            low_minor: low_minor,
            high_minor: high_minor,
            bills_seen: bills_seen,
            expected_score: expected_score
        }
    ) as evidence
from {{ ref('int_missing_bills__expected') }}
-- What is older than a quarter is a year-end matter.
where status = 'late' and late_date > {{ as_of_date() }} - interval 120 day
