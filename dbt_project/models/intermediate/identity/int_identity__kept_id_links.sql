-- One row per pair of records of which one keeps the other's id, and the rule that says whose id it is.
with our_payouts as (
    select
        payouts.client_id,
        bills.bill_id_ramp,
        split_part(payouts.source_bill_id, ':', 2) as bill_id_qbo
    from {{ ref('stg_control__payouts') }} as payouts
    inner join {{ ref('stg_ramp__bills') }} as bills
        on
            payouts.client_id = bills.client_id
            and (payouts.rail_bill_id = bills.bill_id_ramp or payouts.payout_id = bills.remote_id)
    where payouts.source_bill_id like 'qbo:%'
),

-- Whoever lets Ramp write to the books may keep the bill's id there as Ramp's remote id.
synced_bills as (
    select
        ramp.client_id,
        ramp.bill_id_ramp,
        books.bill_id_qbo
    from {{ ref('stg_ramp__bills') }} as ramp
    inner join {{ ref('stg_qbo__bills') }} as books
        on
            ramp.client_id = books.client_id
            and ramp.remote_id = books.bill_id_qbo
            and ramp.total_minor = books.total_minor
            and ramp.currency_code = books.currency_code
)

select distinct
    client_id,
    'ramp' as from_rail,
    'bill' as from_object_type,
    bill_id_ramp as from_record_id,
    'qbo' as to_rail,
    'bill' as to_object_type,
    bill_id_qbo as to_record_id,
    'our payout' as rule
from our_payouts
union all
select
    client_id,
    'ramp',
    'bill',
    bill_id_ramp,
    'qbo',
    'bill',
    bill_id_qbo,
    'remote id'
from synced_bills
union all
select
    client_id,
    'plaid',
    'posting',
    posting_id_plaid,
    'plaid',
    'posting',
    pending_posting_id_plaid,
    'pending line posted'
from {{ ref('int_bank__postings') }}
where pending_posting_id_plaid is not null
