-- One row per thing a bookkeeper should look at, before anyone has decided on it.
-- The id is made from what the item is about, so a decision finds it again in the next build.
with clients as (
    select
        client_id,
        currency_code
    from {{ ref('stg_control__clients') }}
),

missing_bills as (
    select
        client_id,
        'missing_bill' as kind,
        rail,
        coalesce(posting_id_plaid, record_id) as record_id,
        counterparty_name,
        abs(amount_minor) as amount_minor,
        currency_code,
        spent_date as item_date,
        'No bill for ' || coalesce(counterparty_name, 'a payment') as title,
        coalesce(reason, 'Money went out and the books hold no bill for it.') as detail,
        'Ask ' || coalesce(counterparty_name, 'the vendor')
        || ' for the invoice and enter the bill in QuickBooks, or dismiss it with the reason.' as remedy,
        to_json(
            {
                rail: rail, record_id: coalesce(posting_id_plaid, record_id), spent_date: spent_date,
                amount_minor: amount_minor, usual_amount_minor: usual_amount_minor, times_seen: times_seen,
                missing_score: missing_score, reason: reason
            }
        ) as evidence
    from {{ ref('int_missing_bills__candidates') }}
),

unmatched as (
    select
        postings.client_id,
        'unmatched_posting' as kind,
        'plaid' as rail,
        postings.posting_id_plaid as record_id,
        coalesce(counterparties.counterparty_name, postings.merchant_name) as counterparty_name,
        abs(postings.amount_minor) as amount_minor,
        postings.currency_code,
        postings.posted_date as item_date,
        case
            when matches.status = 'proposed' then 'Bank line has a likely match'
            else 'Bank line without a record'
        end
        || ': '
        || coalesce(counterparties.counterparty_name, postings.merchant_name, postings.description, 'no text')
            as title,
        '"'
        || coalesce(postings.description, '')
        || '" on '
        || strftime(postings.posted_date, '%d %b %Y')
        || '. '
        || coalesce(matches.reason, 'Nothing in QuickBooks, Ramp or Stripe fits its amount and day.')
            as detail,
        case
            when
                matches.status = 'proposed'
                then 'Compare the two records and confirm the match, or dismiss it.'
            else 'Find the document and enter it in QuickBooks, or confirm what the line was for.'
        end as remedy,
        to_json(
            {
                posting_id_plaid: postings.posting_id_plaid, account_id_plaid: postings.account_id_plaid,
                posted_date: postings.posted_date, amount_minor: postings.amount_minor,
                description: postings.description, status: matches.status, rule: matches.rule,
                match_score: matches.match_score, runner_up_score: matches.runner_up_score,
                matched_rail: matches.matched_rail,
                matched_kind: matches.matched_kind,
                matched_id: matches.matched_id
            }
        ) as evidence
    from {{ ref('int_bank__postings') }} as postings
    inner join {{ ref('int_reconciliation__matches') }} as matches
        on postings.client_id = matches.client_id and postings.posting_id_plaid = matches.posting_id_plaid
    left join (
        select
            client_id,
            record_id,
            min(counterparty_id) as counterparty_id
        from {{ ref('int_counterparties__links') }}
        where rail = 'plaid'
        group by client_id, record_id
    ) as links
        on postings.client_id = links.client_id and postings.posting_id_plaid = links.record_id
    left join {{ ref('int_counterparties__counterparties') }} as counterparties
        on
            postings.client_id = counterparties.client_id
            and links.counterparty_id = counterparties.counterparty_id
    -- One record, one item: a posting that asks for its bill is not asked about twice.
    left join missing_bills
        on
            postings.client_id = missing_bills.client_id
            and postings.posting_id_plaid = missing_bills.record_id
    where
        not postings.is_pending
        and matches.status in ('unmatched', 'proposed')
        and postings.posted_date > {{ as_of_date() }} - interval 90 day
        and postings.posted_date <= {{ as_of_date() }}
        and missing_bills.record_id is null
),

duplicates as (
    select
        bills.client_id,
        'duplicate_bill' as kind,
        'qbo' as rail,
        bills.bill_id_qbo as record_id,
        bills.vendor_name as counterparty_name,
        bills.open_minor as amount_minor,
        bills.currency_code,
        bills.bill_date as item_date,
        'Bill '
        || coalesce(bills.invoice_number, bills.bill_id_qbo)
        || ' of '
        || coalesce(bills.vendor_name, 'a vendor')
        || ' may be a copy' as title,
        'It looks like bill ' || coalesce(originals.invoice_number, duplicates.duplicate_of_bill_id_qbo)
        || case
            when
                originals.bill_date is not null
                then ' of ' || strftime(originals.bill_date, '%d %b %Y')
            else ''
        end
        || '. Paying both would pay twice.' as detail,
        'Open both in QuickBooks. Confirm the copy and delete it there, or dismiss it when both are owed.'
            as remedy,
        to_json(
            {
                bill_id_qbo: bills.bill_id_qbo, duplicate_of_bill_id_qbo: duplicates.duplicate_of_bill_id_qbo,
                score: duplicates.score, evidence: duplicates.evidence
            }
        ) as evidence
    from {{ ref('int_duplicates__bills') }} as duplicates
    inner join {{ ref('int_cash__bills') }} as bills
        on duplicates.client_id = bills.client_id and duplicates.bill_id_qbo = bills.bill_id_qbo
    left join {{ ref('stg_qbo__bills') }} as originals
        on
            duplicates.client_id = originals.client_id
            and duplicates.duplicate_of_bill_id_qbo = originals.bill_id_qbo
    where bills.is_open
    qualify row_number() over (
        partition by bills.client_id, bills.bill_id_qbo
        order by duplicates.score desc, duplicates.duplicate_of_bill_id_qbo asc
    ) = 1
),

uncategorized as (
    select
        client_id,
        'uncategorized' as kind,
        'qbo' as rail,
        record_kind || ':' || record_id as record_id,
        counterparty_name,
        uncategorized_minor as amount_minor,
        currency_code,
        record_date as item_date,
        'Uncategorized ' || record_kind || coalesce(': ' || counterparty_name, '') as title,
        'The '
        || record_kind
        || ' stands on "'
        || account_name
        || '", which says nothing about what was bought.'
            as detail,
        'Choose the right account for it in QuickBooks.' as remedy,
        to_json(
            {
                record_kind: record_kind,
                record_id: record_id,
                account_name: account_name,
                record_date: record_date
            }
        ) as evidence
    from {{ ref('int_hygiene__categorized_records') }}
    where is_uncategorized
),

new_vendors as (
    select
        bills.client_id,
        'new_vendor' as kind,
        min(split_part(bills.source_bill_id, ':', 1)) as rail,
        history.vendor_key as record_id,
        min(bills.vendor_name) as counterparty_name,
        cast(sum(bills.open_minor) as bigint) as amount_minor,
        bills.currency_code,
        min(bills.bill_date) as item_date,
        'First payment to ' || coalesce(min(bills.vendor_name), 'a vendor') as title,
        case
            when history.last_paid_date is null then 'This vendor was never paid before.'
            else 'This vendor was last paid on ' || strftime(history.last_paid_date, '%d %b %Y') || '.'
        end
        || ' Open bills: ' || count(*) || '.' as detail,
        'Check name, address and bank details with a number you knew before, then confirm.' as remedy,
        to_json(
            {
                vendor_key: history.vendor_key,
                source_bill_ids: list(bills.source_bill_id order by bills.source_bill_id)
            }
        )
            as evidence
    from {{ ref('int_cash__bills') }} as bills
    inner join {{ ref('int_hygiene__vendor_history') }} as history
        on
            bills.client_id = history.client_id
            and coalesce(bills.counterparty_id, bills.vendor_id_qbo, bills.vendor_id_ramp, bills.vendor_name)
            = history.vendor_key
    where bills.is_open and history.is_vendor_new
    group by bills.client_id, history.vendor_key, history.last_paid_date, bills.currency_code
    -- A vendor with bills in two currencies is one vendor to check.
    qualify row_number() over (
        partition by bills.client_id, history.vendor_key order by bills.currency_code
    ) = 1
),

rails as (
    select
        health.client_id,
        case when health.status = 'failed' then 'failed_rail' else 'stale_rail' end as kind,
        health.rail,
        coalesce(health.connection_id, health.rail) as record_id,
        cast(null as varchar) as counterparty_name,
        cast(null as bigint) as amount_minor,
        clients.currency_code,
        cast(health.last_attempt_at as date) as item_date,
        names.rail_name
        || case when health.status = 'failed' then ' did not load' else ' has old data' end as title,
        case
            when health.status = 'failed'
                then coalesce(health.reason, health.reason_code, 'The last load failed.')
            else 'The newest good data is ' || cast(round(health.freshness_hours) as integer) || ' hours old.'
        end as detail,
        case
            when health.reason_code in ('token_revoked', 'forbidden')
                then 'Reconnect ' || names.rail_name || ' for this client.'
            when health.status = 'failed'
                then 'Run the load again. If it fails again, open the reason in the run log.'
            else 'Run the load for ' || names.rail_name || '.'
        end as remedy,
        to_json(
            {
                connection_id: health.connection_id, last_attempt_at: health.last_attempt_at,
                last_success_at: health.last_success_at,
                reason_code: health.reason_code,
                reason: health.reason
            }
        ) as evidence
    from {{ ref('int_quality__rail_health') }} as health
    inner join clients
        on health.client_id = clients.client_id
    inner join (
        values ('qbo', 'QuickBooks'), ('ramp', 'Ramp'), ('plaid', 'The bank feed'), ('stripe', 'Stripe')
    ) as names (rail, rail_name)
        on health.rail = names.rail
    where health.status in ('failed', 'stale')
),

unioned as (
    select * from missing_bills
    union all
    select * from unmatched
    union all
    select * from duplicates
    union all
    select * from uncategorized
    union all
    select * from new_vendors
    union all
    select * from rails
)

select
    unioned.client_id,
    substr(md5(concat_ws('|', unioned.client_id, unioned.kind, unioned.rail, unioned.record_id)), 1, 16)
        as hygiene_item_id,
    unioned.kind,
    case
        when unioned.kind = 'failed_rail' then 'high'
        when unioned.kind = 'duplicate_bill' then 'high'
        when unioned.kind = 'stale_rail' then case when unioned.rail = 'plaid' then 'high' else 'medium' end
        when unioned.kind = 'unmatched_posting' and unioned.title like 'Bank line has a likely%' then 'low'
        when unioned.amount_minor >= {{ var('hygiene_high_minor', 500000) }} then 'high'
        when unioned.amount_minor >= {{ var('hygiene_medium_minor', 50000) }} then 'medium'
        else 'low'
    end as severity,
    unioned.title,
    unioned.detail,
    unioned.remedy,
    cast(unioned.amount_minor as bigint) as amount_minor,
    unioned.currency_code,
    unioned.item_date,
    unioned.rail,
    unioned.record_id,
    unioned.counterparty_name,
    cast(unioned.evidence as varchar) as evidence,
    -- A likely match waits for a nod; only a line without any match says that the books may be wrong.
    unioned.kind <> 'unmatched_posting' or unioned.title not like 'Bank line has a likely%' as counts_in_score
from unioned
inner join clients
    on unioned.client_id = clients.client_id
