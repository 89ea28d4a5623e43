-- One row per purchase or bill of the last 90 days, and how much of it says nothing about what was bought.
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
        coalesce(purchases.counterparty_name, purchases.memo) as counterparty_name,
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
),

-- A pattern out of a table is compiled anew for each row that it meets, so it meets each name once and not each line.
catch_alls as (
    select account_names.account_name
    from (select distinct account_name from lines) as account_names
    inner join patterns
        on regexp_matches(upper(account_names.account_name), patterns.pattern)
),

judged as (
    select
        lines.*,
        catch_alls.account_name is not null as is_catch_all
    from lines
    left join catch_alls
        on lines.account_name = catch_alls.account_name
    where
        lines.record_date > {{ as_of_date() }} - interval '{{ var("quality_days") }}' day
        and lines.record_date <= {{ as_of_date() }}
)

select
    client_id,
    record_kind,
    record_id,
    min(record_date) as record_date,
    min(counterparty_name) as counterparty_name,
    min(currency_code) as currency_code,
    count(*) as line_count,
    bool_or(is_catch_all) as is_uncategorized,
    min(account_name) filter (where is_catch_all) as account_name,
    cast(coalesce(sum(abs(amount_minor)) filter (where is_catch_all), 0) as bigint) as uncategorized_minor
from judged
group by client_id, record_kind, record_id
