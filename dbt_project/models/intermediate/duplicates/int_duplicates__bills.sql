-- One row per bill in the books that looks like a copy of another one there, with the best evidence for it.
with copies as (
    select
        found.client_id,
        found.document_id as bill_id_qbo,
        found.other_document_id as duplicate_of_bill_id_qbo,
        found.rule,
        found.copy_score,
        found.days_apart,
        coalesce(bills.invoice_number, 'none') as invoice_number,
        coalesce(originals.invoice_number, 'none') as original_invoice_number,
        bills.total_minor,
        originals.total_minor as original_minor,
        bills.currency_code
    from {{ ref('int_duplicates__copies') }} as found
    inner join {{ ref('stg_qbo__bills') }} as bills
        on found.client_id = bills.client_id and found.document_id = bills.bill_id_qbo
    inner join {{ ref('stg_qbo__bills') }} as originals
        on found.client_id = originals.client_id and found.other_document_id = originals.bill_id_qbo
    where found.rail = 'qbo' and found.other_rail = 'qbo'
)

select
    client_id,
    bill_id_qbo,
    duplicate_of_bill_id_qbo,
    cast(round(100 * copy_score) as integer) as score,
    copy_score,
    rule,
    case
        when rule = 'two parts add up to it'
            then
                'Same vendor; with a second part this adds up to invoice ' || original_invoice_number || ' of '
                || {{ money_text('original_minor', 'currency_code') }}
        when starts_with(rule, 'number, amount with')
            then
                'Same vendor and invoice number (' || invoice_number || '); the amounts are '
                || {{ money_text('total_minor', 'currency_code') }} || ' and '
                || {{ money_text('original_minor', 'currency_code') }} || ', with '
                || substr(rule, length('number, amount with ') + 1)
        else
            'Same vendor and amount; ' || case rule
                when 'amount, number same' then 'the invoice number is the same (' || invoice_number || ')'
                when 'amount, number lookalike'
                    then
                        'invoice numbers ' || invoice_number || ' and ' || original_invoice_number
                        || ' differ by letters that look like digits'
                when 'amount, number marked'
                    then
                        'invoice numbers ' || invoice_number || ' and ' || original_invoice_number
                        || ' differ by a mark put to one of them'
                when 'amount, number swapped'
                    then
                        'invoice numbers ' || invoice_number || ' and ' || original_invoice_number
                        || ' have two characters swapped'
                when 'amount, number slip'
                    then
                        'invoice numbers ' || invoice_number || ' and ' || original_invoice_number
                        || ' differ by one character'
                else 'one of them has no invoice number'
            end
    end
    || case when days_apart = 0 then '; dated the same day.' else '; dated ' || days_apart || ' days apart.' end
        as evidence
from copies
