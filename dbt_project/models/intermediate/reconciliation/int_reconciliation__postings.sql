-- One row per posted line of a cash account in the span that is matched, with the party that it names.
with links as (
    select
        client_id,
        record_id,
        counterparty_id
    from {{ ref('int_counterparties__links') }}
    where rail = 'plaid' and object_type = 'posting'
)

select
    postings.client_id,
    postings.posting_id_plaid,
    postings.account_id_plaid,
    postings.posted_date,
    postings.amount_minor,
    postings.currency_code,
    postings.description,
    postings.category_detailed,
    nullif(ltrim(coalesce(postings.check_number, postings.reference_number), '0'), '') as reference,
    links.counterparty_id
from {{ ref('int_bank__postings') }} as postings
inner join {{ ref('int_bank__accounts') }} as accounts
    on
        postings.client_id = accounts.client_id
        and postings.account_id_plaid = accounts.account_id_plaid
        and accounts.is_cash
left join links
    on postings.client_id = links.client_id and postings.posting_id_plaid = links.record_id
where
    not postings.is_pending
    and postings.posted_date > {{ as_of_date() }} - interval '{{ var("reconciliation_days") }}' day
    and postings.posted_date <= {{ as_of_date() }}
