-- One row per bill paid in the last 400 days, on whichever rail, for the guard against paying twice.
select
    advisor_id,
    client_id,
    source_bill_id as payment_key,
    vendor_id_qbo,
    vendor_id_ramp,
    counterparty_id,
    vendor_name,
    -- Punctuation, a leading "Inv" and leading zeros are typed differently each time; what is left is the
    -- number.
    ltrim(
        regexp_replace(
            regexp_replace(upper(nfc_normalize(coalesce(invoice_number, ''))), '[^\p{L}\p{N}]', '', 'g'),
            '^(INVOICE|INV|BILL|NO|NR)([0-9])', '\2'
        ),
        '0'
    ) as invoice_number_normalized,
    total_minor as amount_minor,
    currency_code,
    paid_date,
    case when bill_payment_id_qbo is null then 'ramp' else 'qbo' end as rail,
    case when bill_payment_id_qbo is null then bill_id_ramp else bill_id_qbo end as record_id
from {{ ref('fct_bills') }}
where
    is_paid
    and paid_date > {{ as_of_date() }} - interval 400 day
    and paid_date <= {{ as_of_date() }}
