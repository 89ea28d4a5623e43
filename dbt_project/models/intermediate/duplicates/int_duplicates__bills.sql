-- One row per bill in the books that looks like a copy of an earlier entered one, with the best evidence for it.
with bills as (
    select
        bills.client_id,
        bills.bill_id_qbo,
        coalesce(links.counterparty_id, bills.vendor_id_qbo) as counterparty_id,
        bills.vendor_name,
        bills.invoice_number,
        {{ document_number('bills.invoice_number') }} as number,
        bills.bill_date,
        bills.total_minor,
        bills.currency_code,
        bills.created_at
    from {{ ref('stg_qbo__bills') }} as bills
    left join {{ ref('int_counterparties__links') }} as links
        on
            bills.client_id = links.client_id
            and links.rail = 'qbo'
            and links.object_type = 'vendor'
            and bills.vendor_id_qbo = links.record_id
    where bills.total_minor > 0
),

pairs as (
    select
        copies.client_id,
        copies.bill_id_qbo,
        originals.bill_id_qbo as duplicate_of_bill_id_qbo,
        copies.invoice_number,
        copies.number,
        originals.invoice_number as original_invoice_number,
        originals.number as original_number,
        copies.bill_date = originals.bill_date as is_same_day,
        abs(date_diff('day', copies.bill_date, originals.bill_date)) as days_apart,
        regexp_replace(copies.number, '[^0-9]', '', 'g') as digits,
        regexp_replace(originals.number, '[^0-9]', '', 'g') as original_digits
    from bills as copies
    inner join bills as originals
        on
            copies.client_id = originals.client_id
            and copies.counterparty_id = originals.counterparty_id
            and copies.total_minor = originals.total_minor
            and copies.currency_code = originals.currency_code
            -- The later entered one is the copy.
            and (originals.created_at, originals.bill_id_qbo) < (copies.created_at, copies.bill_id_qbo)
    where abs(date_diff('day', copies.bill_date, originals.bill_date)) <= 90
),

judged as (
    select
        *,
        case
            when number = original_number then 'same number'
            -- A letter added, a prefix left out: the digits are the invoice.
            when
                digits = original_digits and length(digits) >= 2 and levenshtein(number, original_number) <= 4
                then 'same digits'
            when
                least(length(number), length(original_number)) >= 4
                and (contains(number, original_number) or contains(original_number, number)) then 'contained'
            -- Next month's invoice of a fixed fee differs by one digit too, so one digit counts only near the same day.
            when
                length(number) >= 4 and levenshtein(number, original_number) <= 1 and days_apart <= 3
                then 'one letter off'
            when
                length(digits) >= 4 and length(digits) = length(original_digits) and days_apart <= 3
                and list_sort(string_split(digits, '')) = list_sort(string_split(original_digits, ''))
                then 'digits swapped'
            when is_same_day and (number is null or original_number is null) then 'no number, same day'
            when is_same_day then 'same day'
        end as likeness
    from pairs
),

scored as (
    select
        *,
        case likeness
            when 'same number' then 98
            when 'same digits' then 92
            when 'contained' then 85
            when 'one letter off' then 80
            when 'digits swapped' then 80
            when 'no number, same day' then 70
            else 55
        end as score
    from judged
    where likeness is not null
)

select
    client_id,
    bill_id_qbo,
    duplicate_of_bill_id_qbo,
    score,
    'Same vendor and amount; ' || case likeness
        when 'same number' then 'the invoice number is the same (' || original_invoice_number || ')'
        when
            'same digits'
            then 'invoice numbers ' || invoice_number || ' and ' || original_invoice_number || ' hold the same digits'
        when
            'contained'
            then 'invoice number ' || invoice_number || ' and ' || original_invoice_number || ' hold one another'
        when
            'one letter off'
            then
                'invoice numbers ' || invoice_number || ' and ' || original_invoice_number || ' differ by one character'
        when
            'digits swapped'
            then 'invoice numbers ' || invoice_number || ' and ' || original_invoice_number || ' have digits swapped'
        when 'no number, same day' then 'the same day, and one of them has no invoice number'
        else 'the same day, with other invoice numbers (' || invoice_number || ', ' || original_invoice_number || ')'
    end
    || case when days_apart = 0 then '; dated the same day.' else '; dated ' || days_apart || ' days apart.' end
        as evidence
from scored
qualify
    row_number() over (partition by client_id, bill_id_qbo order by score desc, days_apart, duplicate_of_bill_id_qbo)
    = 1
