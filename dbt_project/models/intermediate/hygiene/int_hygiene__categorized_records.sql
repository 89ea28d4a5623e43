-- One row per purchase or bill of the last 90 days, and whether a line of it says nothing about what was
-- bought.
with patterns as (
    select string_agg(pattern, '|') as pattern
    from {{ ref('catch_all_accounts') }}
),

lines as (
    select
        purchases.client_id,
        'purchase' as record_kind,
        purchases.purchase_id_qbo as record_id,
        purchases.purchase_date as record_date,
        purchases.counterparty_name,
        purchases.currency_code,
        lines.account_name,
        lines.amount_minor
    from {{ ref('stg_qbo__purchases') }} as purchases
    inner join {{ ref('stg_qbo__purchase_lines') }} as lines
        on purchases.client_id = lines.client_id and purchases.purchase_id_qbo = lines.purchase_id_qbo

    union all

    select
        bills.client_id,
        'bill' as record_kind,
        bills.bill_id_qbo as record_id,
        bills.bill_date as record_date,
        bills.vendor_name as counterparty_name,
        bills.currency_code,
        lines.account_name,
        lines.amount_minor
    from {{ ref('stg_qbo__bills') }} as bills
    inner join {{ ref('stg_qbo__bill_lines') }} as lines
        on bills.client_id = lines.client_id and bills.bill_id_qbo = lines.bill_id_qbo
)

select
    lines.client_id,
    lines.record_kind,
    lines.record_id,
    min(lines.record_date) as record_date,
    min(lines.counterparty_name) as counterparty_name,
    min(lines.currency_code) as currency_code,
    count(*) as line_count,
    coalesce(bool_or(regexp_matches(upper(coalesce(lines.account_name, '')), patterns.pattern)), false)
        as is_uncategorized,
    min(
        case
            when
                regexp_matches(upper(coalesce(lines.account_name, '')), patterns.pattern)
                then lines.account_name
        end
    ) as account_name,
    cast(
        sum(
            case
                when regexp_matches(upper(coalesce(lines.account_name, '')), patterns.pattern)
                    then abs(lines.amount_minor)
                else 0
            end
        ) as bigint
    ) as uncategorized_minor
from lines
cross join patterns
where lines.record_date > {{ as_of_date() }} - interval 90 day and lines.record_date <= {{ as_of_date() }}
group by lines.client_id, lines.record_kind, lines.record_id
