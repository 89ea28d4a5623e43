-- One row per QBO bill that also stands in Ramp, with the one Ramp bill that is the same debt.
-- Our own payout is the strongest proof, then the identity graph, then vendor + invoice number + amount.
with qbo_bills as (
    select * from {{ ref('stg_qbo__bills') }}
),

ramp_bills as (
    select
        bills.*,
        vendors.vendor_id_qbo
    from {{ ref('stg_ramp__bills') }} as bills
    left join {{ ref('stg_ramp__vendors') }} as vendors
        on bills.client_id = vendors.client_id and bills.vendor_id_ramp = vendors.vendor_id_ramp
    where bills.archived_at is null
),

events as (
    select
        client_id,
        event_id,
        rail,
        record_id
    from {{ ref('int_identity__events') }}
    where object_type = 'bill'
),

candidates as (
    select
        payouts.client_id,
        substr(payouts.source_bill_id, 5) as bill_id_qbo,
        payouts.rail_bill_id as bill_id_ramp,
        1 as proof
    from {{ ref('stg_control__payouts') }} as payouts
    where payouts.rail_bill_id is not null and payouts.source_bill_id like 'qbo:%'

    union all

    select
        qbo_events.client_id,
        qbo_events.record_id as bill_id_qbo,
        ramp_events.record_id as bill_id_ramp,
        2 as proof
    from events as qbo_events
    inner join events as ramp_events
        on
            qbo_events.client_id = ramp_events.client_id
            and qbo_events.event_id = ramp_events.event_id
            and ramp_events.rail = 'ramp'
    where qbo_events.rail = 'qbo'

    union all

    select
        qbo_bills.client_id,
        qbo_bills.bill_id_qbo,
        ramp_bills.bill_id_ramp,
        3 as proof
    from qbo_bills
    inner join ramp_bills
        on
            qbo_bills.client_id = ramp_bills.client_id
            and qbo_bills.vendor_id_qbo = ramp_bills.vendor_id_qbo
            and qbo_bills.invoice_number = ramp_bills.invoice_number
            and qbo_bills.total_minor = ramp_bills.total_minor
            and qbo_bills.currency_code = ramp_bills.currency_code
),

known as (
    select
        candidates.client_id,
        candidates.bill_id_qbo,
        candidates.bill_id_ramp,
        min(candidates.proof) as proof,
        min(abs(date_diff('day', qbo_bills.bill_date, ramp_bills.bill_date))) as days_apart
    from candidates
    inner join qbo_bills
        on candidates.client_id = qbo_bills.client_id and candidates.bill_id_qbo = qbo_bills.bill_id_qbo
    inner join ramp_bills
        on candidates.client_id = ramp_bills.client_id and candidates.bill_id_ramp = ramp_bills.bill_id_ramp
    group by candidates.client_id, candidates.bill_id_qbo, candidates.bill_id_ramp
),

-- Mutual best: a bill on either side is the twin of one bill at most.
ranked as (
    select
        *,
        row_number() over (
            partition by client_id, bill_id_qbo order by proof, days_apart, bill_id_ramp
        ) as rank_for_qbo,
        row_number() over (
            partition by client_id, bill_id_ramp order by proof, days_apart, bill_id_qbo
        ) as rank_for_ramp
    from known
)

select
    client_id,
    bill_id_qbo,
    bill_id_ramp,
    case proof when 1 then 'payout' when 2 then 'identity' else 'invoice' end as rule
from ranked
where rank_for_qbo = 1 and rank_for_ramp = 1
