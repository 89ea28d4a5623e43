-- One row per thing a bookkeeper should look at, before anyone has decided on it.
-- The id is made from what the item is about, so a decision finds it again in the next build.
with clients as (
    select
        client_id,
        currency_code
    from {{ ref('stg_control__clients') }}
),

names (rail, rail_name) as (
    values ('qbo', 'QuickBooks'), ('ramp', 'Ramp'), ('plaid', 'The bank feed'), ('stripe', 'Stripe')
),

missing_bills as (
    select
        client_id,
        'missing_bill' as kind,
        rail,
        coalesce(posting_id_plaid, record_id) as record_id,
        case rail when 'ramp' then 'card_transaction' else 'posting' end as claim_kind,
        coalesce(posting_id_plaid, record_id) as claim_id,
        missing_score / 100.0 as wrong_probability,
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
        case when matches.status = 'proposed' then 'proposed_match' else 'unmatched_posting' end as kind,
        'plaid' as rail,
        postings.posting_id_plaid as record_id,
        'posting' as claim_kind,
        postings.posting_id_plaid as claim_id,
        -- A proposal is as doubtful as its score leaves it.
        case
            when matches.status = 'proposed'
                then greatest(0.05, least(0.95, 1 - matches.match_score))
        end as wrong_probability,
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
        'bill' as claim_kind,
        bills.bill_id_qbo as claim_id,
        duplicates.score / 100.0 as wrong_probability,
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
        records.client_id,
        'uncategorized' as kind,
        'qbo' as rail,
        records.record_kind || ':' || records.record_id as record_id,
        records.record_kind as claim_kind,
        records.record_id as claim_id,
        cast(null as double) as wrong_probability,
        records.counterparty_name,
        records.uncategorized_minor as amount_minor,
        records.currency_code,
        records.record_date as item_date,
        'Uncategorized ' || records.record_kind || coalesce(': ' || records.counterparty_name, '') as title,
        'The ' || records.record_kind || ' stands on "'
        || records.account_name
        || '", which says nothing about what was bought.'
            as detail,
        coalesce(
            'Move it to "' || proposals.proposed_account_name || '" in QuickBooks if you agree. ' || proposals.evidence,
            'Choose the right account for it in QuickBooks.'
        ) as remedy,
        to_json(
            {
                record_kind: records.record_kind,
                record_id: records.record_id,
                account_name: records.account_name,
                record_date: records.record_date,
                proposed_account_id_qbo: proposals.proposed_account_id_qbo,
                proposed_account_name: proposals.proposed_account_name,
                rule: proposals.rule,
                confidence: proposals.confidence
            }
        ) as evidence
    from {{ ref('int_hygiene__categorized_records') }} as records
    left join {{ ref('int_categories__proposals') }} as proposals
        on
            records.client_id = proposals.client_id
            and proposals.rail = 'qbo'
            and records.record_kind = proposals.object_type
            and records.record_id = proposals.record_id
    where records.is_uncategorized
),

new_vendors as (
    select
        bills.client_id,
        'new_vendor' as kind,
        min(split_part(bills.source_bill_id, ':', 1)) as rail,
        history.vendor_key as record_id,
        cast(null as varchar) as claim_kind,
        cast(null as varchar) as claim_id,
        cast(null as double) as wrong_probability,
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

claims as (
    select * from {{ ref('int_quality__claims') }}
),

rails as (
    select
        health.client_id,
        case
            when health.status = 'failed' then 'failed_rail'
            when health.status = 'absent' or measured.client_id is null then 'absent_rail'
            else 'stale_rail'
        end as kind,
        health.rail,
        coalesce(health.connection_id, health.rail) as record_id,
        cast(null as varchar) as claim_kind,
        cast(null as varchar) as claim_id,
        cast(null as double) as wrong_probability,
        cast(null as varchar) as counterparty_name,
        cast(null as bigint) as amount_minor,
        clients.currency_code,
        cast(health.last_attempt_at as date) as item_date,
        names.rail_name
        || case
            when health.status = 'failed' then ' did not load'
            when health.status = 'absent' then ' is not connected'
            when measured.client_id is null then ' shows no settled cash flow'
            else ' has old data'
        end as title,
        case
            when health.status = 'failed'
                then coalesce(health.reason, health.reason_code, 'The last load failed.')
            when health.status = 'absent' or measured.client_id is null
                then 'Nothing that the other rails say can be proven by it.'
            else 'The newest good data is ' || cast(round(health.freshness_hours) as integer) || ' hours old.'
        end as detail,
        case
            when health.reason_code in ('token_revoked', 'forbidden')
                then 'Reconnect ' || names.rail_name || ' for this client.'
            when health.status = 'failed'
                then 'Run the load again. If it fails again, open the reason in the run log.'
            when health.status = 'absent' then 'Connect ' || names.rail_name || ' for this client.'
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
    inner join names
        on health.rail = names.rail
    left join (
        select distinct
            client_id,
            rail
        from claims
        where is_in_window and not is_waiting
    ) as measured
        on health.client_id = measured.client_id and health.rail = measured.rail
    left join (
        select distinct
            client_id,
            rail
        from {{ ref('int_quality__seen') }}
    ) as known
        on health.client_id = known.client_id and health.rail = known.rail
    -- Books and bank are what every client needs; another rail is missed only once it has been there.
    where
        health.status = 'failed'
        or (health.fresh_pct < 100 and known.client_id is not null)
        or (health.rail in ('qbo', 'plaid') and (health.fresh_pct < 100 or measured.client_id is null))
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
    select * from {{ ref('int_hygiene__conflicts') }}
    union all
    select * from {{ ref('int_hygiene__doubted_money') }}
    union all
    select * from rails
    union all
    select * from {{ ref('int_missing_bills__items') }}
    union all
    select * from {{ ref('int_duplicates__items') }}
    union all
    select * from {{ ref('int_counterparties__items') }}
)

select
    unioned.client_id,
    {{ hygiene_item_id('unioned.client_id', 'unioned.kind', 'unioned.rail', 'unioned.record_id') }} as hygiene_item_id,
    unioned.kind,
    case
        when unioned.kind in ('failed_rail', 'absent_rail', 'duplicate_bill', 'duplicate_payment', 'tie_out')
            then 'high'
        when unioned.kind = 'stale_rail' then case when unioned.rail = 'plaid' then 'high' else 'medium' end
        when unioned.kind in ('proposed_match', 'vendor_link') then 'low'
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
    unioned.claim_kind,
    unioned.claim_id,
    unioned.wrong_probability,
    unioned.counterparty_name,
    cast(unioned.evidence as varchar) as evidence,
    unioned.kind not in ('new_vendor', 'identity_conflict', 'vendor_link') as counts_in_score
from unioned
inner join clients
    on unioned.client_id = clients.client_id
