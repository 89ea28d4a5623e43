-- One row per client and vendor with bills: since when it was paid and whether it is new to us.
select
    client_id,
    coalesce(counterparty_id, vendor_id_qbo, vendor_id_ramp, vendor_name) as vendor_key,
    min(case when is_paid then paid_date end) as first_paid_date,
    max(case when is_paid then paid_date end) as last_paid_date,
    count(*) filter (where is_paid) as paid_bills,
    -- New: nothing paid in a year. A vendor that comes back after that is looked at again.
    coalesce(
        max(case when is_paid then paid_date end) < {{ as_of_date() }} - interval 365 day,
        true
    ) as is_vendor_new
from {{ ref('int_cash__bills') }}
where coalesce(counterparty_id, vendor_id_qbo, vendor_id_ramp, vendor_name) is not null
group by client_id, 2
