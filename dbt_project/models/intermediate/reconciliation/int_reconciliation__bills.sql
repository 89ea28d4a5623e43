-- One row per bill that the books still hold open: what a bank line may have paid before anyone recorded the payment.
select
    bills.client_id,
    bills.bill_id_qbo,
    -bills.open_minor as amount_minor,
    bills.currency_code,
    bills.bill_date,
    links.counterparty_id
from {{ ref('stg_qbo__bills') }} as bills
left join {{ ref('int_counterparties__links') }} as links
    on
        bills.client_id = links.client_id
        and links.rail = 'qbo'
        and links.object_type = 'vendor'
        and bills.vendor_id_qbo = links.record_id
where bills.open_minor > 0 and bills.bill_date <= {{ as_of_date() }}
