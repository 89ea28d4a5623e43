-- One row per posted line of a cash account: what it was matched to, or why it was not.
-- The record shown is the one nearest to the money: a Stripe payout, our own card's pay-down, then the books.
with postings as (
    select * from {{ ref('int_reconciliation__postings') }}
),

picks as (
    select
        *,
        row_number() over (
            partition by client_id, posting_id_plaid
            order by
                case status when 'matched' then 1 when 'proposed' then 2 else 3 end,
                case
                    when rail = 'stripe' then 1 when kind = 'card_paydown' and rail = 'ramp' then 2 when
                        rail = 'qbo'
                        then 3
                    else 4
                end,
                score desc,
                abs(part_minor) desc,
                document_id
        ) as place
    from {{ ref('int_reconciliation__picks') }}
),

-- How many records of the shown rail the line holds together.
held as (
    select
        client_id,
        posting_id_plaid,
        rail,
        count(*) as record_count
    from {{ ref('int_reconciliation__picks') }}
    group by client_id, posting_id_plaid, rail
),

own_transfers as (
    select
        client_id,
        unnest([posting_id_out, posting_id_in]) as posting_id_plaid,
        unnest([posting_id_in, posting_id_out]) as other_posting_id_plaid,
        days_apart
    from {{ ref('int_reconciliation__own_transfers') }}
),

nearby as (
    select
        client_id,
        posting_id_plaid,
        count(*) as candidate_count
    from {{ ref('int_reconciliation__candidates') }}
    group by client_id, posting_id_plaid
),

joined as (
    select
        postings.*,
        own_transfers.other_posting_id_plaid,
        own_transfers.days_apart,
        picks.rail as pick_rail,
        picks.kind as pick_kind,
        picks.document_id as pick_id,
        picks.document_date as pick_date,
        picks.days_later,
        picks.is_reference_equal,
        picks.is_counterparty_equal,
        picks.score,
        picks.runner_up_score,
        picks.rule as pick_rule,
        picks.left_minor,
        picks.status as pick_status,
        held.record_count,
        nearby.candidate_count,
        -- A line that another record explains better is no move between own accounts.
        own_transfers.other_posting_id_plaid is not null
        and not coalesce(
            picks.status = 'matched'
            and picks.kind <> 'transfer'
            and (picks.is_counterparty_equal or picks.is_reference_equal),
            false
        )
            as is_own_transfer
    from postings
    left join own_transfers
        on
            postings.client_id = own_transfers.client_id
            and postings.posting_id_plaid = own_transfers.posting_id_plaid
    left join picks
        on
            postings.client_id = picks.client_id
            and postings.posting_id_plaid = picks.posting_id_plaid
            and picks.place = 1
    left join held
        on
            picks.client_id = held.client_id
            and picks.posting_id_plaid = held.posting_id_plaid
            and picks.rail = held.rail
    left join nearby
        on
            postings.client_id = nearby.client_id
            and postings.posting_id_plaid = nearby.posting_id_plaid
)

select
    client_id,
    posting_id_plaid,
    case
        when is_own_transfer then 'own_transfer'
        else coalesce(pick_status, 'unmatched')
    end as status,
    case
        when is_own_transfer then 'equal and opposite'
        else coalesce(pick_rule, 'none')
    end as rule,
    case when is_own_transfer then 1 - 0.05 * days_apart else score end as match_score,
    case when not is_own_transfer then runner_up_score end as runner_up_score,
    case when is_own_transfer and coalesce(pick_kind, '') <> 'transfer' then 'plaid' else pick_rail end as matched_rail,
    case when is_own_transfer then 'transfer' else pick_kind end as matched_kind,
    case when is_own_transfer and coalesce(pick_kind, '') <> 'transfer' then other_posting_id_plaid else pick_id end
        as matched_id,
    case
        when is_own_transfer
            then
                'The same amount moved the other way on another account of this client '
                || case when days_apart = 0 then 'on the same day.' else 'within ' || days_apart || ' days.' end
        when pick_rule = 'person' then 'A person of the firm put the line and this record together.'
        when pick_rule = 'bill, no payment recorded'
            then
                'The line pays '
                || case when record_count > 1 then record_count || ' bills' else 'a bill' end
                || ' of this party that the books still hold open. Record the payment there, or confirm the match.'
        when pick_rule = 'several lines for one record'
            then
                'Several lines together are this record to the cent.'
                || case when pick_status = 'matched' then '' else ' Confirm the match or look further.' end
        when record_count > 1
            then
                'The line is the sum of ' || record_count || ' records, to the cent.'
                || case when pick_status = 'matched' then '' else ' Confirm the match or look further.' end
        when pick_rule = 'payout before fees'
            then
                'The books hold the payout before fees; Stripe states the fees of this payout to the cent.'
                || case when pick_status = 'matched' then '' else ' Confirm the match or look further.' end
        when left_minor <> 0
            then
                'The line differs from the record by what looks like a fee. Enter the fee in the books, then confirm.'
        when pick_status = 'matched'
            then
                'Equal amount, ' || case
                    when days_later = 0 then 'the same day'
                    when days_later > 0 then days_later || ' days after the record'
                    else -days_later || ' days before the record'
                end
                || case when is_reference_equal then ', the same reference' else '' end
                || case when is_counterparty_equal then ', the same name' else '' end || '.'
        when runner_up_score > 0.1 * score
            then
                'Two records of this amount fit almost equally well. Choose the right one.'
        when pick_status = 'proposed'
            then
                'A record of this amount stands ' || abs(days_later)
                || ' days away, but the name or date does not settle it. Confirm it or look further.'
        when candidate_count > 0
            then
                'Every record of this amount near this day fits another bank line better.'
        when posted_date > {{ as_of_date() }} - interval 7 day
            then
                'No record of this amount yet. The line is less than a week old, so the books may still follow.'
        else 'No record of this amount stands in the books, Ramp or Stripe from 14 days before to 7 days after.'
    end as reason
from joined
