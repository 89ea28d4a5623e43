-- One row per Ramp bill and the QBO bill that is the same debt: same vendor, amount and invoice number.
-- Ramp's own link writes the vendor and the number into the books, so this is a hard link and not a guess.
with records as (
    select * from {{ ref('int_identity__records') }}
    where object_type = 'bill' and counterparty_id is not null and reference is not null
),

pairs as (
    select
        ramp.client_id,
        ramp.record_id as bill_id_ramp,
        books.record_id as bill_id_qbo,
        abs(date_diff('day', ramp.record_date, books.record_date)) as days_apart
    from records as ramp
    inner join records as books
        on
            ramp.client_id = books.client_id
            and ramp.counterparty_id = books.counterparty_id
            and ramp.reference = books.reference
            and ramp.amount_minor = books.amount_minor
            and ramp.currency_code = books.currency_code
            and books.rail = 'qbo'
    where ramp.rail = 'ramp'
),

ranked as (
    select
        *,
        row_number() over (partition by client_id, bill_id_ramp order by days_apart, bill_id_qbo) as place_for_ramp,
        row_number() over (partition by client_id, bill_id_qbo order by days_apart, bill_id_ramp) as place_for_books
    from pairs
)

select
    client_id,
    bill_id_ramp,
    bill_id_qbo,
    days_apart
from ranked
where place_for_ramp = 1 and place_for_books = 1
