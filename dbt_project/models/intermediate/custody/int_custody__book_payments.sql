-- One row per payout of ours and QBO bill payment on the bill that it pays, or that names it: ours, or somebody else's.
-- Ours names Ramp's payment or bill; else the one of the payout's amount that fits its dates, once Ramp has started.
-- Where an invoice stands twice in the books, Ramp's link may book on the other entry: named, and on another bill.
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

applied as (
    select
        lines.*,
        payments.payment_date,
        payments.created_at,
        coalesce(payments.memo, '') as memo
    from {{ ref('stg_qbo__bill_payment_lines') }} as lines
    inner join {{ ref('stg_qbo__bill_payments') }} as payments
        on lines.client_id = payments.client_id and lines.bill_payment_id_qbo = payments.bill_payment_id_qbo
),

pairs as (
    select
        payouts.client_id,
        payouts.payout_id,
        applied.bill_payment_id_qbo,
        applied.payment_date,
        applied.created_at,
        applied.applied_minor,
        payouts.amount_minor,
        payouts.proposed_at,
        -- No bill of the books that is known to be ours: nothing says that it stands on another one.
        coalesce(payouts.bill_id_qbo = applied.bill_id_qbo, true) as is_on_bill,
        coalesce(contains(applied.memo, payouts.payment_id_ramp), false)
        or coalesce(contains(applied.memo, payouts.rail_bill_id), false) as is_named,
        payouts.is_started
        and payouts.bill_id_qbo = applied.bill_id_qbo
        and applied.applied_minor = payouts.amount_minor
        and applied.payment_date between payouts.window_from_date and payouts.books_due_date as is_fitting,
        abs(date_diff('day', payouts.arrival_date, applied.payment_date)) as days_apart
    from payouts
    inner join applied
        on payouts.client_id = applied.client_id
    where payouts.bill_id_qbo = applied.bill_id_qbo or is_named
),

-- A bill payment may pay several bills: the line on ours speaks for it.
recorded as (
    select * from pairs
    qualify
        row_number() over (
            partition by client_id, payout_id, bill_payment_id_qbo
            order by is_on_bill desc, days_apart, applied_minor desc
        ) = 1
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
        when is_named and not is_on_bill then 'names the Ramp payment, on another bill'
        when is_named then 'names the Ramp payment'
        when is_fitting then 'amount and day'
        else 'on the same bill'
    end as signal,
    cast(case when is_named then 1.0 when is_fitting then 0.9 else 0.3 end as double) as score,
    applied_minor = amount_minor as is_amount_equal,
    -- What was recorded before anybody proposed our payout is a part payment that the proposal already knew.
    created_at > proposed_at as is_after_proposal
from ranked
