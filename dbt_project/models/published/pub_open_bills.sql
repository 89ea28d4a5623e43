-- One row per open bill with what a decision on it needs: what is left after it, what speaks against it,
-- can it be paid here.
with bills as (
    select * from {{ ref('fct_bills') }}
    where is_open
),

positions as (
    select * from {{ ref('int_cash__positions') }}
),

duplicates as (
    select
        client_id,
        record_id as bill_id_qbo,
        json_extract_string(evidence, '$.duplicate_of_bill_id_qbo') as duplicate_of_bill_id_qbo,
        detail
    from {{ ref('int_hygiene__items') }}
    where kind = 'duplicate_bill' and coalesce(decision, '') <> 'dismissed'
),

entities as (
    -- The primary entity pays unless the bill names another one.
    select
        client_id,
        entity_id_ramp,
        bill_pay_bank_account_id_ramp
    from {{ ref('stg_ramp__entities') }}
    qualify row_number() over (
        partition by client_id order by case when is_primary then 0 else 1 end, entity_id_ramp
    ) = 1
),

named_entities as (
    select
        client_id,
        entity_id_ramp,
        bill_pay_bank_account_id_ramp
    from {{ ref('stg_ramp__entities') }}
),

ramp_health as (
    select
        client_id,
        status
    from {{ ref('int_quality__rail_health') }}
    where rail = 'ramp'
),

accounts as (
    select
        client_id,
        bank_account_id_ramp,
        account_id_plaid,
        currency_code
    from {{ ref('int_cash__accounts') }}
    where bank_account_id_ramp is not null
),

joined as (
    select
        bills.*,
        clients.currency_code as client_currency_code,
        positions.spendable_minor,
        ramp_health.status as ramp_status,
        case when duplicates.bill_id_qbo is not null then 'qbo:' || duplicates.duplicate_of_bill_id_qbo end
            as duplicate_of,
        duplicates.detail as duplicate_evidence,
        coalesce(bills.entity_id_ramp, entities.entity_id_ramp) as paying_entity_id_ramp,
        coalesce(
            bills.source_bank_account_id_ramp,
            named_entities.bill_pay_bank_account_id_ramp,
            entities.bill_pay_bank_account_id_ramp
        ) as paying_bank_account_id_ramp
    from bills
    inner join {{ ref('dim_clients') }} as clients
        on bills.client_id = clients.client_id
    left join positions
        on bills.client_id = positions.client_id
    left join duplicates
        on bills.client_id = duplicates.client_id and bills.bill_id_qbo = duplicates.bill_id_qbo
    left join entities
        on bills.client_id = entities.client_id
    left join named_entities
        on bills.client_id = named_entities.client_id and bills.entity_id_ramp = named_entities.entity_id_ramp
    left join ramp_health
        on bills.client_id = ramp_health.client_id
),

judged as (
    select
        joined.*,
        accounts.account_id_plaid,
        case
            when joined.source_bill_id like 'file:%'
                then 'This bill is known from a ledger file only. Pay it where that ledger is kept.'
            when joined.bill_id_qbo is null
                then 'This bill is in Ramp only. Pay it there, or enter it in QuickBooks first.'
            when coalesce(joined.ramp_status, 'absent') = 'absent'
                then 'Ramp is not connected for this client. Connect Ramp to pay from here.'
            when joined.bill_id_ramp is not null
                then
                    'This bill is already in Ramp ('
                    || lower(replace(coalesce(joined.ramp_status_summary, 'open'), '_', ' '))
                    || '). Follow it there.'
            when joined.currency_code <> joined.client_currency_code
                then
                    'The bill is in '
                    || joined.currency_code
                    || '. Only bills in '
                    || joined.client_currency_code
                    || ' can be paid from here.'
            when joined.vendor_id_ramp is null
                then
                    coalesce(joined.vendor_name, 'This vendor')
                    || ' is not linked to a vendor in Ramp. Add the vendor there and link it to QuickBooks.'
            when joined.paying_bank_account_id_ramp is null or accounts.account_id_plaid is null
                then
                    'The account that Ramp pays from is not in the bank feed. Connect that account in Plaid.'
            when accounts.currency_code <> joined.currency_code
                then
                    'The account that Ramp pays from is in ' || accounts.currency_code || ', the bill is not.'
        end as not_payable_reason
    from joined
    left join accounts
        on
            joined.client_id = accounts.client_id
            and joined.paying_bank_account_id_ramp = accounts.bank_account_id_ramp
)

select
    advisor_id,
    client_id,
    source_bill_id,
    bill_id_qbo,
    bill_id_ramp,
    sync_token_qbo,
    counterparty_id,
    coalesce(vendor_name, 'Unnamed vendor') as vendor_name,
    vendor_id_qbo,
    vendor_id_ramp,
    invoice_number,
    total_minor,
    open_minor,
    currency_code,
    bill_date,
    due_date,
    cast(days_overdue as integer) as days_overdue,
    ramp_status_summary,
    paying_entity_id_ramp as entity_id_ramp,
    paying_bank_account_id_ramp as source_bank_account_id_ramp,
    account_id_plaid,
    is_vendor_new,
    first_paid_date,
    duplicate_of,
    duplicate_evidence,
    -- Only money of one currency can be taken from money of the same.
    case when currency_code = client_currency_code then spendable_minor - open_minor end as cash_after_minor,
    not_payable_reason is null as is_payable_here,
    not_payable_reason
from judged
