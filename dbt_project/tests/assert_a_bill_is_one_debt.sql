-- A QBO bill and a Ramp bill stand in one debt each: none is counted in two.
select
    client_id,
    'qbo' as rail,
    bill_id_qbo as bill_id
from {{ ref('fct_bills') }}
where bill_id_qbo is not null
group by client_id, bill_id_qbo
having count(*) > 1

union all

select
    client_id,
    'ramp' as rail,
    bill_id_ramp as bill_id
from {{ ref('fct_bills') }}
where bill_id_ramp is not null
group by client_id, bill_id_ramp
having count(*) > 1
