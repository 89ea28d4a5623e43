-- One row per Ramp bill and the QBO bill that is the same debt: same vendor, amount and invoice number.
-- Ramp's own link writes the vendor and the number into the books; a number that was typed by hand may be one slip off,
-- which counts only where nothing else comes into question on either side.
with records as (
    select
        client_id,
        rail,
        record_id,
        amount_minor,
        currency_code,
        record_date,
        counterparty_id,
        reference,
        row_number() over (
            partition by client_id, rail, counterparty_id, reference, amount_minor, currency_code
            order by record_date, record_id
        ) as place_among_equals
    from {{ ref('int_identity__records') }}
    where object_type = 'bill' and counterparty_id is not null and reference is not null
),

pairs as (
    select
        ramp.client_id,
        ramp.record_id as bill_id_ramp,
        books.record_id as bill_id_qbo,
        abs(date_diff('day', ramp.record_date, books.record_date)) as days_apart,
        ramp.reference = books.reference as is_number_equal,
        ramp.place_among_equals = books.place_among_equals as is_same_place
    from records as ramp
    inner join records as books
        on
            ramp.client_id = books.client_id
            and ramp.counterparty_id = books.counterparty_id
            and ramp.amount_minor = books.amount_minor
            and ramp.currency_code = books.currency_code
            and books.rail = 'qbo'
    where
        ramp.rail = 'ramp'
        and (
            ramp.reference = books.reference
            or (
                -- A vendor's next number differs by its last digit alone; a slip does not move the date by a month.
                least(length(ramp.reference), length(books.reference)) >= 4
                and damerau_levenshtein(ramp.reference, books.reference) = 1
                and abs(date_diff('day', ramp.record_date, books.record_date)) <= 7
            )
        )
),

ranked as (
    select
        *,
        row_number() over (
            partition by client_id, bill_id_ramp
            order by is_number_equal desc, days_apart, is_same_place desc, bill_id_qbo
        ) as place_for_ramp,
        row_number() over (
            partition by client_id, bill_id_qbo
            order by is_number_equal desc, days_apart, is_same_place desc, bill_id_ramp
        ) as place_for_books,
        count(*) over (partition by client_id, bill_id_ramp) = 1
        and count(*) over (partition by client_id, bill_id_qbo) = 1 as is_alone
    from pairs
)

select
    client_id,
    bill_id_ramp,
    bill_id_qbo,
    days_apart,
    case when is_number_equal then 'vendor, number and amount' else 'vendor, amount and number but for a slip' end
        as rule,
    case when is_number_equal then 0.999 else 0.95 end as link_score
from ranked
where place_for_ramp = 1 and place_for_books = 1 and (is_number_equal or is_alone)
