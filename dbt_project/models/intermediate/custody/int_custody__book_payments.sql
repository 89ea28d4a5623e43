-- One row per payout of ours and QBO bill payment on the bill that it pays: ours, or somebody else's.
-- Ours names Ramp's payment or bill; else the one of the payout's amount that fits its dates, once Ramp has started.
with payouts as (
    select
        payouts.*,
        coalesce(
            case when payouts.source_bill_id like 'qbo:%' then substr(payouts.source_bill_id, 5) end, twins.bill_id_qbo
        ) as bill_id_qbo
    from {{ ref('int_custody__payouts') }} as payouts
    left join {{ ref('int_cash__bill_twins') }} as twins
        on payouts.client_id = twins.client_id and payouts.rail_bill_id = twins.bill_id_ramp
),

recorded as (
    select
        payouts.client_id,
        payouts.payout_id,
        payments.bill_payment_id_qbo,
        payments.payment_date,
        payments.created_at,
        lines.applied_minor,
        payouts.amount_minor,
        payouts.proposed_at,
        contains(coalesce(payments.memo, ''), payouts.payment_id_ramp)
        or contains(coalesce(payments.memo, ''), payouts.rail_bill_id) as is_named,
        payouts.is_started
        and lines.applied_minor = payouts.amount_minor
        and payments.payment_date between payouts.window_from_date and payouts.books_due_date as is_fitting,
        abs(date_diff('day', payouts.arrival_date, payments.payment_date)) as days_apart
    from payouts
    inner join {{ ref('stg_qbo__bill_payment_lines') }} as lines
        on payouts.client_id = lines.client_id and payouts.bill_id_qbo = lines.bill_id_qbo
    inner join {{ ref('stg_qbo__bill_payments') }} as payments
        on lines.client_id = payments.client_id and lines.bill_payment_id_qbo = payments.bill_payment_id_qbo
),

ranked as (
    select
        *,
        row_number() over (
            partition by client_id, payout_id
            order by
                case when is_named then 1 when is_fitting then 2 else 3 end, days_apart, bill_payment_id_qbo
        ) as place,
        -- One that another payout of the same bill is named in is not this one's.
        bool_or(is_named) over (partition by client_id, bill_payment_id_qbo) as is_named_by_any
    from recorded
)

select
    client_id,
    payout_id,
    bill_payment_id_qbo,
    payment_date,
    created_at,
    applied_minor,
    place = 1 and (coalesce(is_named, false) or (coalesce(is_fitting, false) and not coalesce(is_named_by_any, false)))
        as is_ours,
    case
        when is_named then 'names the Ramp payment' when is_fitting then 'amount and day' else 'on the same bill'
    end as signal,
    cast(case when is_named then 1.0 when is_fitting then 0.9 else 0.3 end as double) as score,
    applied_minor = amount_minor as is_amount_equal,
    -- What was recorded before anybody proposed our payout is a part payment that the proposal already knew.
    created_at > proposed_at as is_after_proposal
from ranked
