-- One row per line of a purchase or bill in the books, with who was paid and the account it stands on.
-- Only what the books held by the build; a line on a catch-all account has not been coded yet.
with patterns as (
    select string_agg(pattern, '|') as pattern
    from {{ ref('catch_all_accounts') }}
),

vendors as (
    select
        client_id,
        record_id,
        kind,
        counterparty_id,
        clean_name
    from {{ ref('int_counterparties__parties') }}
    where rail = 'qbo' and kind = 'vendor'
),

texts as (
    select
        client_id,
        sighted_text,
        min(counterparty_id) as counterparty_id,
        min(clean_name) as clean_name
    from {{ ref('int_counterparties__texts') }}
    where kind = 'vendor'
    group by client_id, sighted_text
),

purchases as (
    select
        purchases.client_id,
        'purchase' as record_kind,
        purchases.purchase_id_qbo as record_id,
        lines.line_number,
        purchases.purchase_date as record_date,
        coalesce(vendors.counterparty_id, texts.counterparty_id) as counterparty_id,
        coalesce(vendors.clean_name, texts.clean_name) as clean_name,
        coalesce(purchases.counterparty_name, purchases.memo, lines.description) as spoken_text,
        lines.account_id_qbo,
        lines.account_name,
        lines.amount_minor,
        lines.currency_code
    from {{ ref('stg_qbo__purchases') }} as purchases
    inner join {{ ref('stg_qbo__purchase_lines') }} as lines
        on purchases.client_id = lines.client_id and purchases.purchase_id_qbo = lines.purchase_id_qbo
    left join vendors
        on
            purchases.client_id = vendors.client_id
            and purchases.counterparty_id_qbo = vendors.record_id
            -- Of both sides: a condition on one alone would compare every purchase with every vendor.
            and purchases.counterparty_kind = vendors.kind
    left join texts
        on
            purchases.client_id = texts.client_id
            and coalesce(purchases.counterparty_name, purchases.memo) = texts.sighted_text
    where
        purchases.purchase_date <= {{ as_of_date() }}
        and coalesce(purchases.created_at <= {{ as_of_at() }}, true)
),

bills as (
    select
        bills.client_id,
        'bill' as record_kind,
        bills.bill_id_qbo as record_id,
        lines.line_number,
        bills.bill_date as record_date,
        vendors.counterparty_id,
        vendors.clean_name,
        coalesce(bills.vendor_name, lines.description) as spoken_text,
        lines.account_id_qbo,
        lines.account_name,
        lines.amount_minor,
        lines.currency_code
    from {{ ref('stg_qbo__bills') }} as bills
    inner join {{ ref('stg_qbo__bill_lines') }} as lines
        on bills.client_id = lines.client_id and bills.bill_id_qbo = lines.bill_id_qbo
    left join vendors
        on bills.client_id = vendors.client_id and bills.vendor_id_qbo = vendors.record_id
    where
        bills.bill_date <= {{ as_of_date() }}
        and coalesce(bills.created_at <= {{ as_of_at() }}, true)
),

unioned as (
    select * from purchases
    union all
    select * from bills
),

-- A pattern out of a table is compiled anew for each row that it meets, so it meets each name once and not each line.
catch_alls as (
    select account_names.account_name
    from (select distinct account_name from unioned) as account_names
    inner join patterns
        on regexp_matches(upper(account_names.account_name), patterns.pattern)
)

select
    unioned.*,
    catch_alls.account_name is not null as is_catch_all
from unioned
left join catch_alls
    on unioned.account_name = catch_alls.account_name
