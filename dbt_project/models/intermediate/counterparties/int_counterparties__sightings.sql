-- One row per client, direction and distinct text that names another party on a bank line, a card line or a purchase.
select distinct
    client_id,
    case when amount_minor < 0 then 'vendor' else 'customer' end as kind,
    description as sighted_text
from {{ ref('int_bank__postings') }}
where description is not null

union

select distinct
    client_id,
    'vendor' as kind,
    coalesce(merchant_name, merchant_descriptor) as sighted_text
from {{ ref('stg_ramp__transactions') }}
where coalesce(merchant_name, merchant_descriptor) is not null

union

select distinct
    client_id,
    'vendor' as kind,
    coalesce(counterparty_name, memo) as sighted_text
from {{ ref('stg_qbo__purchases') }}
where coalesce(counterparty_name, memo) is not null
