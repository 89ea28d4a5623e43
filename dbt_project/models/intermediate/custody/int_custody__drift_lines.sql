-- One row per client, week and thing that planned and actual cash differ by or agree on, in four parts that sum.
-- Planned is a payout that people signed, on its arrival date; actual is a vendor payment on an account that Ramp pays
-- from. Amounts are signed as cash moves, so money out is negative. docs/decisions/0025 works an example.
with payouts as (
    select
        payouts.client_id,
        payouts.payout_id,
        payouts.vendor_name,
        payouts.currency_code,
        payouts.account_id_plaid,
        payouts.arrival_date,
        payouts.state,
        -payouts.amount_minor as planned_minor,
        proofs.window_to_date,
        proofs.return_posting_id,
        case when proofs.decided_by is not null then proofs.posting_id_plaid end as proof_posting_id,
        proofs.contradicting_posting_id,
        cast(date_trunc('week', payouts.arrival_date) as date) as planned_week_date
    from {{ ref('stg_control__payouts') }} as payouts
    inner join {{ ref('int_cash__payout_proofs') }} as proofs
        on payouts.client_id = proofs.client_id and payouts.payout_id = proofs.payout_id
    where
        payouts.approved_at is not null
        and coalesce(payouts.rail_draft_id, '') not like 'dry_run:%'
        -- A plan that people took back before its money moved is no plan.
        and (payouts.state not in ('proposed', 'blocked', 'cancelled', 'rejected') or payouts.sent_at is not null)
),

postings as (
    select * from {{ ref('int_bank__postings') }}
    where not is_pending and posted_date <= {{ as_of_date() }}
),

-- Each payout's own line, also where the bank shows another amount than was signed.
paid as (
    select
        payouts.*,
        postings.posting_id_plaid as actual_posting_id,
        postings.amount_minor as actual_minor,
        postings.posted_date,
        cast(date_trunc('week', postings.posted_date) as date) as actual_week_date
    from payouts
    left join postings
        on
            payouts.client_id = postings.client_id
            and coalesce(payouts.proof_posting_id, payouts.contradicting_posting_id) = postings.posting_id_plaid
),

vendor_lines as (
    select
        flows.client_id,
        flows.posting_id_plaid,
        flows.posted_date,
        flows.week_start_date,
        flows.amount_minor,
        flows.currency_code,
        flows.driver
    from {{ ref('int_cash__flows') }} as flows
    inner join {{ ref('int_cash__accounts') }} as accounts
        on
            flows.client_id = accounts.client_id
            and flows.account_id_plaid = accounts.account_id_plaid
            and accounts.is_funding
    where flows.bucket = 'bills' and flows.amount_minor < 0
),

parts as (
    -- In the week that was planned: what was paid then, or where it went instead.
    select
        client_id,
        planned_week_date as week_start_date,
        payout_id,
        case when actual_week_date = planned_week_date then actual_posting_id end as posting_id_plaid,
        vendor_name as label,
        currency_code,
        planned_minor,
        case when actual_week_date = planned_week_date then actual_minor else 0 end as actual_minor,
        case
            when actual_posting_id is null then 'missing'
            when actual_week_date <> planned_week_date then 'moved away'
            when actual_minor <> planned_minor then 'another amount'
            else 'as planned'
        end as kind,
        case
            when actual_posting_id is not null and actual_week_date <> planned_week_date then -planned_minor
            -- Still inside its window: late against the plan, not missing.
            when actual_posting_id is null and coalesce(window_to_date, arrival_date + 8) >= {{ as_of_date() }}
                then -planned_minor
            else 0
        end as timing_minor,
        case when actual_week_date = planned_week_date then actual_minor - planned_minor else 0 end as amount_minor,
        case
            when actual_posting_id is null and coalesce(window_to_date, arrival_date + 8) < {{ as_of_date() }}
                then -planned_minor
            else 0
        end as missing_minor,
        0 as unplanned_minor
    from paid
    union all
    -- In the week in which the money moved, where that is another one.
    select
        client_id,
        actual_week_date,
        payout_id,
        actual_posting_id,
        vendor_name,
        currency_code,
        0,
        actual_minor,
        'moved here',
        planned_minor,
        actual_minor - planned_minor,
        0,
        0
    from paid
    where actual_week_date <> planned_week_date
    union all
    -- A planned payment whose money came back did not happen after all.
    select
        paid.client_id,
        cast(date_trunc('week', returns.posted_date) as date),
        paid.payout_id,
        returns.posting_id_plaid,
        paid.vendor_name,
        paid.currency_code,
        0,
        returns.amount_minor,
        'came back',
        0,
        0,
        returns.amount_minor,
        0
    from paid
    inner join {{ ref('int_custody__returns') }} as returns
        on paid.client_id = returns.client_id and paid.payout_id = returns.payout_id and returns.is_certain
    inner join postings
        on returns.client_id = postings.client_id and returns.posting_id_plaid = postings.posting_id_plaid
    union all
    -- Vendor payments that nobody planned here.
    select
        vendor_lines.client_id,
        vendor_lines.week_start_date,
        null,
        vendor_lines.posting_id_plaid,
        vendor_lines.driver,
        vendor_lines.currency_code,
        0,
        vendor_lines.amount_minor,
        'unplanned',
        0,
        0,
        0,
        vendor_lines.amount_minor
    from vendor_lines
    left join paid
        on vendor_lines.client_id = paid.client_id and vendor_lines.posting_id_plaid = paid.actual_posting_id
    where paid.payout_id is null
)

select
    client_id,
    week_start_date,
    coalesce(payout_id, '') || '|' || coalesce(posting_id_plaid, '') || '|' || kind as line_key,
    payout_id,
    posting_id_plaid,
    label,
    currency_code,
    -- Nothing has drifted yet where the money of a coming week simply has not moved.
    case
        when kind = 'missing' and timing_minor <> 0 then 'on its way'
        else kind
    end as kind,
    cast(planned_minor as bigint) as planned_minor,
    cast(actual_minor as bigint) as actual_minor,
    cast(timing_minor as bigint) as timing_minor,
    cast(amount_minor as bigint) as amount_part_minor,
    cast(missing_minor as bigint) as missing_minor,
    cast(unplanned_minor as bigint) as unplanned_minor
from parts
where
    week_start_date <= {{ as_of_date() }}
    and week_start_date > {{ as_of_date() }} - interval 400 day
