-- One row per statement of an account that files tell of, as a sync of the bank rail: how far it goes, what is wrong.
-- An account without a feed is only as fresh as its last statement. Balances that do not add up, or rejected rows of
-- a statement that no balances prove, are no success.
with judged as (
    select
        *,
        case
            when proof = 'unproven' then 'statement_unproven'
            when proof <> 'proven' and rows_rejected > 0 then 'rows_rejected'
        end as reason_code
    from {{ ref('stg_files__statements') }}
    where last_date <= {{ as_of_date() }}
)

select
    judged.client_id,
    'plaid' as rail,
    judged.account_id_plaid as connection_id,
    judged.file_id,
    case when judged.reason_code is null then 'ok' else 'failed' end as outcome,
    judged.reason_code,
    case judged.reason_code
        when 'statement_unproven'
            then
                judged.file_name || ' of ' || accounts.account_name || ' is unproven: its closing balance is '
                || cast(cast(abs(judged.difference_minor) / 100.0 as decimal(18, 2)) as varchar) || ' '
                || judged.currency_code || ' away from opening balance and lines. Load what is missing or a whole file.'
        when 'rows_rejected'
            then
                judged.file_name || ' of ' || accounts.account_name || ': ' || judged.rows_rejected
                || ' rows could not be read. `rowcol files list --rejects` names them; load a corrected file.'
    end as reason,
    -- A statement tells of the end of its last day. Of two that end on one day the one that is wrong speaks.
    least(cast(judged.last_date + 1 as timestamptz), {{ as_of_at() }})
    + case when judged.reason_code is null then interval 0 second else interval 1 second end as attempt_at
from judged
inner join {{ ref('stg_files__accounts') }} as accounts
    on judged.client_id = accounts.client_id and judged.account_id_plaid = accounts.account_id_plaid
