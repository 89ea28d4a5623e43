-- One row per payout of ours and bank line that could be its money, with what speaks for it.
-- Account, currency, sign and exact amount agree and the day lies in the window; a trace or a person's word opens the
-- window to sixty days. A line that carries the trace of somebody else's payment is nobody else's, and a line that
-- proved another payout proves no second one.
with payouts as (
    select * from {{ ref('int_custody__payouts') }}
),

postings as (
    select
        *,
        {{ text_mark("coalesce(description, '')") }} as text_mark
    from {{ ref('int_bank__postings') }}
),

proven as (
    select
        client_id,
        payout_id,
        posting_id_plaid
    from payouts
    where posting_id_plaid is not null
),

traced as (
    select
        postings.client_id,
        postings.posting_id_plaid,
        min(bills.bill_id_ramp) as bill_id_ramp
    from postings
    inner join {{ ref('stg_ramp__bills') }} as bills
        on postings.client_id = bills.client_id and postings.reference_number = bills.trace_id
    group by postings.client_id, postings.posting_id_plaid
    having count(*) = 1
),

rulings as (
    select
        client_id,
        verb,
        case
            when starts_with(left_key, 'plaid|posting|') then substr(left_key, 15) else substr(right_key, 15)
        end as posting_id_plaid,
        case when starts_with(left_key, 'ramp|bill|') then substr(left_key, 11) else substr(right_key, 11) end
            as bill_id_ramp
    from {{ ref('stg_control__rulings') }}
    where
        subject = 'match'
        and (
            (starts_with(left_key, 'plaid|posting|') and starts_with(right_key, 'ramp|bill|'))
            or (starts_with(right_key, 'plaid|posting|') and starts_with(left_key, 'ramp|bill|'))
        )
),

pairs as (
    select
        payouts.client_id,
        payouts.payout_id,
        postings.posting_id_plaid,
        postings.is_pending,
        postings.posted_date,
        postings.description,
        case
            when payouts.posting_id_plaid = postings.posting_id_plaid then 'proven'
            when rulings.verb = 'join' then 'ruling'
            when
                {{ carries_trace('postings', 'payouts') }}
                then 'trace'
            when contains(postings.text_mark, payouts.vendor_mark) then 'descriptor'
            else 'fit'
        end as signal,
        postings.posted_date between payouts.window_from_date and payouts.window_to_date as is_in_window,
        abs(date_diff('day', payouts.arrival_date, postings.posted_date)) as days_apart
    from payouts
    inner join postings
        on
            payouts.client_id = postings.client_id
            and payouts.account_id_plaid = postings.account_id_plaid
            and payouts.currency_code = postings.currency_code
            and postings.amount_minor = -payouts.amount_minor
            and postings.posted_date between payouts.window_from_date and payouts.payment_date + 60
    left join rulings
        on
            payouts.client_id = rulings.client_id
            and payouts.rail_bill_id = rulings.bill_id_ramp
            and postings.posting_id_plaid = rulings.posting_id_plaid
    left join proven
        on
            postings.client_id = proven.client_id
            and postings.posting_id_plaid = proven.posting_id_plaid
            and payouts.payout_id <> proven.payout_id
    left join traced
        on
            postings.client_id = traced.client_id
            and postings.posting_id_plaid = traced.posting_id_plaid
            and traced.bill_id_ramp is distinct from payouts.rail_bill_id
    where
        proven.payout_id is null
        and (traced.bill_id_ramp is null or rulings.verb = 'join')
        and coalesce(rulings.verb, '') <> 'separate'
        and (payouts.posting_id_plaid is null or payouts.posting_id_plaid = postings.posting_id_plaid)
)

select
    *,
    -- Certain words first; without one, nearness to the day it was signed to arrive on.
    case signal
        when 'proven' then 1.0
        when 'ruling' then 1.0
        when 'trace' then 1.0
        when 'descriptor' then 0.95
        else 0.8
    end - case when signal in ('descriptor', 'fit') then least(days_apart, 30) / 200.0 else 0 end
        as score
from pairs
where is_in_window or signal in ('proven', 'ruling', 'trace')
