-- One row per bill that the books seem to lack and that is paid in the coming thirteen weeks if it comes.
select
    clients.advisor_id,
    bills.client_id,
    bills.hygiene_item_id,
    bills.counterparty_name,
    bills.week_number,
    cast(bills.amount_minor as bigint) as amount_minor,
    bills.currency_code,
    cast(bills.probability as double) as probability,
    bills.expected_date,
    bills.basis
from {{ ref('int_projection__missing_bills') }} as bills
inner join {{ ref('dim_clients') }} as clients
    on bills.client_id = clients.client_id
