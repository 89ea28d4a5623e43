-- One row per debt to a vendor, open or paid: the QBO bill and its Ramp twin are one row.
select
    clients.advisor_id,
    bills.*,
    case
        when bills.is_open and bills.due_date is not null
            then greatest(0, date_diff('day', bills.due_date, {{ as_of_date() }}))
        else 0
    end as days_overdue,
    coalesce(history.is_vendor_new, true) as is_vendor_new,
    history.first_paid_date
from {{ ref('int_cash__bills') }} as bills
inner join {{ ref('dim_clients') }} as clients
    on bills.client_id = clients.client_id
left join {{ ref('int_hygiene__vendor_history') }} as history
    on
        bills.client_id = history.client_id
        and coalesce(bills.counterparty_id, bills.vendor_id_qbo, bills.vendor_id_ramp, bills.vendor_name)
        = history.vendor_key
