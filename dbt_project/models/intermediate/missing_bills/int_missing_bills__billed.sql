-- One row per debt that a party billed, once however many rails show it, as far as a rhythm can be read from it.
-- Copies and bills that a credit took back are left out: they were never asked for.
with documents as (
    select
        documents.*,
        {{ as_of_date() }} as today_date
    from {{ ref('int_duplicates__documents') }} as documents
    left join {{ ref('int_duplicates__copies') }} as copies
        on
            documents.client_id = copies.client_id
            and documents.rail = copies.rail
            and documents.document_id = copies.document_id
    where
        copies.client_id is null
        and not documents.is_credited
        -- What was entered later was not known on the day of the build.
        and documents.bill_date <= {{ as_of_date() }}
        and coalesce(documents.entered_at, {{ as_of_at() }}) <= {{ as_of_at() }}
),

lines as (
    select
        client_id,
        bill_id_qbo,
        account_name
    from {{ ref('stg_qbo__bill_lines') }}
),

-- A pattern out of a table is compiled anew for each row that it meets, so it meets each name once and not each line.
account_names as (
    select distinct account_name
    from lines
),

yearly_names as (
    select distinct account_names.account_name
    from account_names
    inner join {{ ref('yearly_accounts') }} as accounts
        on regexp_matches(upper(account_names.account_name), accounts.pattern)
),

yearly as (
    select distinct
        lines.client_id,
        -- The rail is a column of its own: a condition on one side alone would compare every bill with every other.
        'qbo' as rail,
        lines.bill_id_qbo
    from lines
    inner join yearly_names
        on lines.account_name = yearly_names.account_name
)

select
    documents.client_id,
    documents.counterparty_id,
    documents.currency_code,
    documents.rail,
    documents.document_id,
    documents.vendor_name,
    documents.bill_date,
    documents.total_minor,
    greatest(0, date_diff('day', documents.bill_date, cast(documents.entered_at as date))) as days_to_entry,
    yearly.bill_id_qbo is not null as is_yearly,
    -- 6/6 of an installment plan is the last one.
    coalesce(
        regexp_extract(documents.invoice_number, '(\d+)\s*(?:/|of)\s*(\d+)\s*$', 1)
        = regexp_extract(documents.invoice_number, '(\d+)\s*(?:/|of)\s*(\d+)\s*$', 2)
        and regexp_matches(documents.invoice_number, '(\d+)\s*(?:/|of)\s*(\d+)\s*$'),
        false
    ) as is_last_part,
    documents.today_date
from documents
left join yearly
    on
        documents.client_id = yearly.client_id
        and documents.rail = yearly.rail
        and documents.document_id = yearly.bill_id_qbo
-- One debt on two rails counts once, as the books have it.
qualify
    row_number()
        over (
            partition by documents.client_id, coalesce(documents.event_id, documents.rail || documents.document_id)
            order by documents.rail, documents.document_id
        )
    = 1
