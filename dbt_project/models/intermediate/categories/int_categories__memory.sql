-- One row per client, counterparty and account that its lines were coded to: how often, how lately, which share.
-- After half a year a coding counts half, so a new way of coding takes over without waiting for an equal number.
with counted as (
    select
        client_id,
        counterparty_id,
        account_id_qbo,
        max(account_name) as account_name,
        count(distinct record_kind || record_id) as record_count,
        -- Decimals add up to the same in any order; doubles may differ. The oldest still weigh something.
        sum(
            greatest(
                cast(power(0.5, ({{ as_of_date() }} - record_date) / 182.0) as decimal(18, 15)), 0.000000000000001
            )
        ) as weight,
        min(record_date) as first_date,
        max(record_date) as last_date
    from {{ ref('int_categories__codings') }}
    where not is_catch_all and counterparty_id is not null and account_id_qbo is not null
    group by client_id, counterparty_id, account_id_qbo
)

select
    client_id,
    counterparty_id,
    account_id_qbo,
    account_name,
    record_count,
    weight / sum(weight) over (partition by client_id, counterparty_id) as weighted_share,
    sum(record_count) over (partition by client_id, counterparty_id) as record_count_all,
    first_date,
    last_date,
    row_number() over (
        partition by client_id, counterparty_id order by weight desc, record_count desc, account_id_qbo asc
    ) as place
from counted
