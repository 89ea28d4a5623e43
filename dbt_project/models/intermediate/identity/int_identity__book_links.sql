-- One row per pair of records that the books tie: a payment and its bill or invoice, a deposit and its payment.
-- One payment of one debt is that debt when it settles it in full, though a discount or a credit may make it smaller;
-- else one is a part of the other, and the rule ends in "part".
with bill_payment_lines as (
    select
        lines.client_id,
        lines.bill_payment_id_qbo,
        lines.bill_id_qbo,
        {{ settles_whole('bill_payment_id_qbo', 'bill_id_qbo', 'bills') }} as is_whole
    from {{ ref('stg_qbo__bill_payment_lines') }} as lines
    left join {{ ref('stg_qbo__bills') }} as bills
        on lines.client_id = bills.client_id and lines.bill_id_qbo = bills.bill_id_qbo
    where lines.bill_id_qbo is not null
),

payment_lines as (
    select
        lines.client_id,
        lines.payment_id_qbo,
        lines.invoice_id_qbo,
        {{ settles_whole('payment_id_qbo', 'invoice_id_qbo', 'invoices') }} as is_whole
    from {{ ref('stg_qbo__payment_lines') }} as lines
    left join {{ ref('stg_qbo__invoices') }} as invoices
        on lines.client_id = invoices.client_id and lines.invoice_id_qbo = invoices.invoice_id_qbo
    where lines.invoice_id_qbo is not null
),

deposit_lines as (
    select
        client_id,
        deposit_id_qbo,
        payment_id_qbo,
        count(*) over (partition by client_id, deposit_id_qbo) = 1 as is_whole
    from {{ ref('stg_qbo__deposit_lines') }}
)

-- One document may name the other in two lines.
select distinct
    client_id,
    'qbo' as from_rail,
    'bill_payment' as from_object_type,
    bill_payment_id_qbo as from_record_id,
    'qbo' as to_rail,
    'bill' as to_object_type,
    bill_id_qbo as to_record_id,
    case when is_whole then 'payment of bill' else 'payment of bill, part' end as rule
from bill_payment_lines
union all
select distinct
    client_id,
    'qbo',
    'payment',
    payment_id_qbo,
    'qbo',
    'invoice',
    invoice_id_qbo,
    case when is_whole then 'payment of invoice' else 'payment of invoice, part' end
from payment_lines
union all
select distinct
    client_id,
    'qbo',
    'deposit',
    deposit_id_qbo,
    'qbo',
    'payment',
    payment_id_qbo,
    case when is_whole then 'deposit of payment' else 'deposit of payment, part' end
from deposit_lines
where payment_id_qbo is not null
