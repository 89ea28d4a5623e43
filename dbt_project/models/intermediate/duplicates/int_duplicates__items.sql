-- One row per payment in the books that looks like a second one of a debt, as the hygiene tray asks about it.
-- A bank line that nothing in the books explains is asked about already, as a missing bill or an open line.
with twice as (
    select * from {{ ref('int_duplicates__payments') }}
    where rail = 'qbo' and payment_date > {{ as_of_date() }} - interval 120 day
),

parties as (
    select
        client_id,
        'purchase' as object_type,
        purchase_id_qbo as record_id,
        counterparty_name
    from {{ ref('stg_qbo__purchases') }}

    union all

    select
        client_id,
        'bill_payment' as object_type,
        bill_payment_id_qbo as record_id,
        vendor_name as counterparty_name
    from {{ ref('stg_qbo__bill_payments') }}
)

select
    twice.client_id,
    'duplicate_payment' as kind,
    twice.rail,
    twice.object_type || ':' || twice.record_id as record_id,
    twice.object_type as claim_kind,
    twice.record_id as claim_id,
    twice.payment_score as wrong_probability,
    parties.counterparty_name,
    twice.amount_minor,
    twice.currency_code,
    twice.payment_date as item_date,
    coalesce(parties.counterparty_name, 'A vendor') || ' may have been paid twice' as title,
    twice.evidence as detail,
    'Compare both payments. Ask the vendor for the money or a credit, or dismiss this when both were owed.' as remedy,
    to_json(
        {
            object_type: twice.object_type,
            record_id: twice.record_id,
            other_object_type: twice.other_object_type,
            other_record_id: twice.other_record_id,
            rule: twice.rule,
            payment_score: twice.payment_score
        }
    ) as evidence
from twice
left join parties
    on
        twice.client_id = parties.client_id
        and twice.object_type = parties.object_type
        and twice.record_id = parties.record_id
