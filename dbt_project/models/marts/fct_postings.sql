-- One row per posted bank line with what it was matched to and the economic event that it belongs to.
with events as (
    select
        client_id,
        record_id,
        min(event_id) as event_id
    from {{ ref('int_identity__events') }}
    where rail = 'plaid'
    group by client_id, record_id
),

links as (
    select
        client_id,
        record_id,
        min(counterparty_id) as counterparty_id
    from {{ ref('int_counterparties__links') }}
    where rail = 'plaid'
    group by client_id, record_id
)

select
    clients.advisor_id,
    postings.client_id,
    postings.posting_id_plaid,
    postings.account_id_plaid,
    postings.posted_date,
    postings.amount_minor,
    postings.currency_code,
    postings.description,
    links.counterparty_id,
    coalesce(counterparties.counterparty_name, postings.merchant_name) as counterparty_name,
    matches.status,
    matches.reason,
    matches.rule,
    matches.match_score,
    matches.runner_up_score,
    matches.matched_rail,
    matches.matched_kind,
    matches.matched_id,
    events.event_id
from {{ ref('int_bank__postings') }} as postings
inner join {{ ref('dim_clients') }} as clients
    on postings.client_id = clients.client_id
-- Matches hold cash accounts only; a card's own lines are reconciled by its statement.
inner join {{ ref('int_reconciliation__matches') }} as matches
    on postings.client_id = matches.client_id and postings.posting_id_plaid = matches.posting_id_plaid
left join links
    on postings.client_id = links.client_id and postings.posting_id_plaid = links.record_id
left join {{ ref('int_counterparties__counterparties') }} as counterparties
    on
        postings.client_id = counterparties.client_id
        and links.counterparty_id = counterparties.counterparty_id
left join events
    on postings.client_id = events.client_id and postings.posting_id_plaid = events.record_id
where not postings.is_pending
