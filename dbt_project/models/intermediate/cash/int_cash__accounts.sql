-- One row per bank or card account of a client with its balance now.
-- The bank's own available figure wins; without one, money already promised (pending outflow) is taken off.
with accounts as (
    select * from {{ ref('int_bank__accounts') }}
),

balances as (
    select * from {{ ref('int_bank__balances') }}
),

pending as (
    select
        client_id,
        account_id_plaid,
        cast(sum(amount_minor) as bigint) as pending_minor,
        cast(sum(least(amount_minor, 0)) as bigint) as pending_outflow_minor
    from {{ ref('int_bank__postings') }}
    where is_pending
    group by client_id, account_id_plaid
),

bank_health as (
    select
        client_id,
        last_success_at
    from {{ ref('int_quality__rail_health') }}
    where rail = 'plaid'
),

ramp_accounts as (
    select
        bank_accounts.client_id,
        bank_accounts.bank_account_id_ramp,
        bank_accounts.last_four,
        coalesce(bool_or(entities.entity_id_ramp is not null), false) as is_funding
    from {{ ref('stg_ramp__bank_accounts') }} as bank_accounts
    left join {{ ref('stg_ramp__entities') }} as entities
        on
            bank_accounts.client_id = entities.client_id
            and bank_accounts.bank_account_id_ramp = entities.bill_pay_bank_account_id_ramp
    group by bank_accounts.client_id, bank_accounts.bank_account_id_ramp, bank_accounts.last_four
),

-- Ramp and the bank share nothing but the last four digits, so two accounts with one mask prove nothing.
ramp_links as (
    select
        accounts.client_id,
        accounts.account_id_plaid,
        min(ramp_accounts.bank_account_id_ramp) as bank_account_id_ramp,
        bool_or(ramp_accounts.is_funding) as is_funding
    from accounts
    inner join ramp_accounts
        on accounts.client_id = ramp_accounts.client_id and accounts.mask = ramp_accounts.last_four
    -- Nothing is paid from an account whose balance is as old as its last statement.
    where accounts.is_cash and coalesce(accounts.source_rail, 'plaid') = 'plaid'
    group by accounts.client_id, accounts.account_id_plaid
    having count(*) = 1
    qualify count(*) over (partition by accounts.client_id, min(ramp_accounts.bank_account_id_ramp)) = 1
)

select
    accounts.client_id,
    accounts.account_id_plaid,
    accounts.account_name,
    accounts.mask,
    accounts.account_type,
    accounts.account_subtype,
    accounts.is_cash,
    coalesce(
        balances.available_minor,
        balances.current_minor + coalesce(pending.pending_outflow_minor, 0)
    ) as available_minor,
    balances.current_minor,
    coalesce(pending.pending_minor, 0) as pending_minor,
    balances.currency_code,
    coalesce(balances.told_at, bank_health.last_success_at) as balance_at,
    ramp_links.bank_account_id_ramp,
    coalesce(ramp_links.is_funding, false) as is_funding
from accounts
left join balances
    on accounts.client_id = balances.client_id and accounts.account_id_plaid = balances.account_id_plaid
left join pending
    on accounts.client_id = pending.client_id and accounts.account_id_plaid = pending.account_id_plaid
left join bank_health
    on accounts.client_id = bank_health.client_id
left join ramp_links
    on accounts.client_id = ramp_links.client_id and accounts.account_id_plaid = ramp_links.account_id_plaid
