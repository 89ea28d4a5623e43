-- One row per payout of ours and the credit that brought its money back, within sixty days of the payment date.
-- Returned: its trace, or a bank's word for a return beside the payee's name. Any other credit of the exact amount
-- with the payee's name is shown and left to a person: it may be a refund of something else.
with payouts as (
    select * from {{ ref('int_custody__payouts') }}
),

credits as (
    select
        *,
        {{ text_mark("coalesce(description, '')") }} as text_mark
    from {{ ref('int_bank__postings') }}
    where amount_minor > 0 and not is_pending
),

pairs as (
    select
        payouts.client_id,
        payouts.payout_id,
        credits.posting_id_plaid,
        credits.posted_date,
        credits.description,
        credits.amount_minor,
        case
            when
                {{ carries_trace('credits', 'payouts') }}
                then 'trace'
            when
                contains(credits.text_mark, payouts.vendor_mark)
                and regexp_matches(upper(credits.description), '\b(RETURN|RETURNED|RTN|REVERSAL|REV|REJECT(ED)?)\b')
                then 'descriptor'
            when contains(credits.text_mark, payouts.vendor_mark) then 'payee'
        end as signal
    from payouts
    inner join credits
        on
            payouts.client_id = credits.client_id
            and payouts.account_id_plaid = credits.account_id_plaid
            and payouts.currency_code = credits.currency_code
            and payouts.amount_minor = credits.amount_minor
            and credits.posted_date between payouts.payment_date and payouts.payment_date + 60
),

ranked as (
    select
        *,
        case signal when 'trace' then 1.0 when 'descriptor' then 0.95 else 0.6 end as score
    from pairs
    where signal is not null
    qualify
        row_number() over (
            partition by client_id, posting_id_plaid
            order by case signal when 'trace' then 1 when 'descriptor' then 2 else 3 end, payout_id
        ) = 1
)

select
    client_id,
    payout_id,
    posting_id_plaid,
    posted_date,
    description,
    amount_minor,
    signal,
    score,
    signal in ('trace', 'descriptor') as is_certain
from ranked
qualify
    row_number() over (
        partition by client_id, payout_id
        order by case signal when 'trace' then 1 when 'descriptor' then 2 else 3 end, posted_date, posting_id_plaid
    ) = 1
