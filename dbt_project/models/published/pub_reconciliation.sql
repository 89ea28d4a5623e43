-- One row per posted bank line of the last 90 days with what it was matched to and why.
select
    advisor_id,
    client_id,
    posting_id_plaid,
    account_id_plaid,
    posted_date,
    description,
    counterparty_name,
    amount_minor,
    currency_code,
    status,
    reason,
    rule,
    cast(match_score as double) as match_score,
    cast(runner_up_score as double) as runner_up_score,
    matched_rail,
    matched_kind,
    matched_id,
    event_id
from {{ ref('fct_postings') }}
where posted_date > {{ as_of_date() }} - interval 90 day and posted_date <= {{ as_of_date() }}
