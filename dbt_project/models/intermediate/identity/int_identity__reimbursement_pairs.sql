-- One row per reimbursement that Ramp paid and the purchase by which the books hold it.
-- The books name the employee or nobody, never the shop, so amount and time decide, and only where nothing rivals them.
with reimbursements as (
    select
        client_id,
        reimbursement_id_ramp,
        amount_minor,
        currency_code,
        coalesce(cast(approved_at as date), transacted_date) as approved_date,
        row_number() over (
            partition by client_id, amount_minor, currency_code, coalesce(cast(approved_at as date), transacted_date)
            order by reimbursement_id_ramp
        ) as place_among_equals
    from {{ ref('stg_ramp__reimbursements') }}
    where state = 'REIMBURSED'
),

purchases as (
    select
        client_id,
        purchase_id_qbo,
        amount_minor,
        currency_code,
        purchase_date,
        row_number() over (
            partition by client_id, amount_minor, currency_code, purchase_date order by purchase_id_qbo
        ) as place_among_equals
    from {{ ref('stg_qbo__purchases') }}
    where coalesce(counterparty_kind, 'employee') = 'employee' and coalesce(payment_type, '') <> 'CreditCard'
),

pairs as (
    select
        reimbursements.client_id,
        reimbursements.reimbursement_id_ramp,
        purchases.purchase_id_qbo,
        date_diff('day', reimbursements.approved_date, purchases.purchase_date) as days_later,
        reimbursements.place_among_equals = purchases.place_among_equals as is_same_place
    from reimbursements
    inner join purchases
        on
            reimbursements.client_id = purchases.client_id
            and reimbursements.amount_minor = purchases.amount_minor
            and reimbursements.currency_code = purchases.currency_code
            -- Ramp pays some business days after the approval, in a batch.
            and purchases.purchase_date between reimbursements.approved_date and reimbursements.approved_date + 15
),

ranked as (
    select
        *,
        row_number() over (
            partition by client_id, reimbursement_id_ramp
            order by days_later, is_same_place desc, purchase_id_qbo
        ) as place_for_reimbursement,
        row_number() over (
            partition by client_id, purchase_id_qbo
            order by days_later, is_same_place desc, reimbursement_id_ramp
        ) as place_for_purchase,
        count(*) over (partition by client_id, reimbursement_id_ramp) as purchase_count
    from pairs
)

select
    client_id,
    reimbursement_id_ramp,
    purchase_id_qbo,
    days_later,
    case when purchase_count = 1 then 0.98 else 0.9 end as link_score
from ranked
where place_for_reimbursement = 1 and place_for_purchase = 1
