-- One row per legal entity of a client in Ramp.
-- Without a bill-pay account, Bill Pay is not set up and nothing can be paid from here.
select
    client_id,
    id as entity_id_ramp,
    entity_name,
    coalesce(is_primary, false) as is_primary,
    (
        select {{ json_text('account', 'bank_account_id') }}
        from (select unnest({{ json_list('accounts') }}) as account)
        where {{ json_text('account', 'usage_type') }} = 'BILL_PAY_BANK_ACCOUNT'
        limit 1
    ) as bill_pay_bank_account_id_ramp
from {{ source('raw_ramp', 'entities') }}
where not coalesce(is_deleted, false)
