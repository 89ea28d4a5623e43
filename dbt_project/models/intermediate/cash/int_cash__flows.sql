-- One row per posted line of a cash account in the client's currency, named by what the money was for.
-- A document that the line was matched to names it best; then a pattern; then its direction.
with postings as (
    select
        postings.client_id,
        postings.posting_id_plaid,
        postings.account_id_plaid,
        postings.posted_date,
        postings.amount_minor,
        postings.currency_code,
        postings.description,
        postings.merchant_name,
        postings.category_detailed,
        case when postings.amount_minor > 0 then 'in' else 'out' end as direction
    from {{ ref('int_bank__postings') }} as postings
    inner join {{ ref('int_cash__accounts') }} as accounts
        on
            postings.client_id = accounts.client_id
            and postings.account_id_plaid = accounts.account_id_plaid
            and accounts.is_cash
    inner join {{ ref('stg_control__clients') }} as clients
        on postings.client_id = clients.client_id and postings.currency_code = clients.currency_code
    where
        not postings.is_pending
        and postings.posted_date > {{ as_of_date() }} - interval '{{ var("flow_days") }}' day
        and postings.posted_date <= {{ as_of_date() }}
),

matches as (
    select * from {{ ref('int_reconciliation__matches') }}
),

links as (
    select
        client_id,
        record_id,
        min(counterparty_id) as counterparty_id
    from {{ ref('int_counterparties__links') }}
    where rail = 'plaid'
    group by client_id, record_id
),

counterparties as (
    select * from {{ ref('int_counterparties__counterparties') }}
),

billed_vendors as (
    select
        client_id,
        counterparty_id,
        min(known_date) as first_known_date
    from {{ ref('int_cash__bills') }}
    where counterparty_id is not null
    group by client_id, counterparty_id
),

named as (
    select * from {{ ref('int_cash__named_texts') }}
),

joined as (
    select
        postings.client_id,
        postings.posting_id_plaid,
        postings.account_id_plaid,
        postings.posted_date,
        postings.amount_minor,
        postings.currency_code,
        postings.description,
        postings.merchant_name,
        postings.direction,
        coalesce(matches.status, 'unmatched') as match_status,
        matches.matched_rail,
        matches.matched_kind,
        matches.matched_id,
        named.driver as pattern_driver,
        named.flow as pattern_flow,
        coalesce(named.is_capital, false) as is_capital,
        links.counterparty_id,
        counterparties.counterparty_name,
        counterparties.kind as counterparty_kind,
        billed_vendors.counterparty_id is not null as is_billed_vendor,
        coalesce(billed_vendors.first_known_date <= postings.posted_date, false) as was_billed_vendor,
        -- Paying our own card off is spending; moving cash between our own cash accounts is not.
        coalesce(matches.status, '') = 'own_transfer' and coalesce(matches.matched_rail, '') <> 'ramp'
            as is_own_transfer
    from postings
    left join matches
        on postings.client_id = matches.client_id and postings.posting_id_plaid = matches.posting_id_plaid
    left join links
        on postings.client_id = links.client_id and postings.posting_id_plaid = links.record_id
    left join counterparties
        on
            postings.client_id = counterparties.client_id
            and links.counterparty_id = counterparties.counterparty_id
    left join billed_vendors
        on
            postings.client_id = billed_vendors.client_id
            and links.counterparty_id = billed_vendors.counterparty_id
    left join named
        on
            postings.direction = named.direction
            and upper(coalesce(postings.description, '')) = named.description_upper
            and coalesce(postings.category_detailed, '') = named.category_detailed
),

bucketed as (
    select
        *,
        case
            when is_own_transfer then 'own_transfer'
            when is_capital then 'capital'
            -- A likely match is enough here: money that pays bills must not be counted as other spending
            -- beside them.
            when
                direction = 'out' and match_status in ('matched', 'proposed') and matched_kind like '%bill%'
                then 'bills'
            when direction = 'in' and match_status in ('matched', 'proposed') and matched_rail = 'stripe'
                then 'stripe_payouts'
            when pattern_flow in ('stripe_payouts', 'payroll', 'bills') then pattern_flow
            when
                direction = 'in'
                and match_status in ('matched', 'proposed')
                and matched_kind in ('invoice', 'payment', 'deposit')
                then 'receivables'
            -- Unmatched money of someone who pays or sends documents belongs with those documents all the
            -- same.
            when direction = 'in' and counterparty_kind = 'customer' then 'receivables'
            when direction = 'out' and is_billed_vendor then 'bills'
            when direction = 'in' then 'other_in'
            else 'other_out'
        end as bucket,
        case
            when is_own_transfer then 'own_transfer'
            when is_capital then 'capital'
            when pattern_flow in ('stripe_payouts', 'payroll', 'bills') then pattern_flow
            when direction = 'in' and counterparty_kind = 'customer' then 'receivables'
            when direction = 'out' and was_billed_vendor then 'bills'
            when direction = 'in' then 'other_in'
            else 'other_out'
        end as bucket_when_posted
    from joined
)

select
    client_id,
    posting_id_plaid,
    account_id_plaid,
    posted_date,
    cast(date_trunc('week', posted_date) as date) as week_start_date,
    amount_minor,
    currency_code,
    description,
    counterparty_id,
    match_status,
    matched_rail,
    matched_kind,
    matched_id,
    bucket,
    bucket_when_posted,
    bucket in ('own_transfer', 'capital') as is_outside_burn,
    case
        when bucket = 'own_transfer' then 'Own transfers'
        when bucket = 'capital' then 'Owner capital'
        when bucket = 'stripe_payouts' then 'Stripe payouts'
        when bucket = 'bills' then coalesce(counterparty_name, merchant_name, 'Bills')
        when pattern_driver is not null then pattern_driver
        else coalesce(
            counterparty_name,
            merchant_name,
            case
                when bucket = 'receivables' then 'Customer receipts' when
                    direction = 'in'
                    then 'Other money in'
            end,
            'Other payments'
        )
    end as driver,
    -- What stays the same from one line of a series to the next: the text without numbers, three words of it.
    coalesce(
        pattern_driver || ' ', ''
    ) || coalesce(
        nullif(
            array_to_string(
                list_slice(
                    list_filter(
                        string_split_regex(upper(coalesce(description, '')), '[^A-Z]+'),
                        lambda word: length(word) > 2
                    ),
                    1, 3
                ),
                ' '
            ),
            ''
        ),
        coalesce(counterparty_id, 'UNNAMED')
    ) as series_key
from bucketed
