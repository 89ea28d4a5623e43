-- One row per record or difference whose money nobody confirms: a movement without its other side, a record that
-- vanished, a sum that does not tie out.
with names (rail, rail_name) as (
    values ('qbo', 'QuickBooks'), ('ramp', 'Ramp'), ('plaid', 'The bank feed'), ('stripe', 'Stripe')
),

claims as (
    select
        *,
        case kind
            when 'posting' then 'bank line'
            when 'bill_payment' then 'bill payment'
            when 'payment' then 'customer payment'
            when 'card_paydown' then 'card payment'
            when 'card_transaction' then 'card purchase'
            when 'payout' then 'Stripe payout'
            else kind
        end as kind_words,
        unproven_minor > 0 and unproven_minor < amount_minor as is_in_part
    from {{ ref('int_quality__claims') }}
),

-- Without one bank line there is nothing to prove a record by: that is asked once, of the rail.
banked as (
    select distinct client_id
    from claims
    where rail = 'plaid'
),

unproven as (
    select
        claims.client_id,
        'unproven_record' as kind,
        claims.rail,
        claims.kind || ':' || claims.record_id as record_id,
        claims.kind as claim_kind,
        claims.record_id as claim_id,
        cast(null as double) as wrong_probability,
        claims.label as counterparty_name,
        claims.unproven_minor as amount_minor,
        claims.currency_code,
        claims.flow_date as item_date,
        names.rail_name
        || case
            when claims.is_in_part then ' says more than others confirm: '
            else ' says that money moved, nothing confirms it: '
        end
        || claims.kind_words
        || coalesce(' ' || claims.label, '') as title,
        'The '
        || claims.kind_words
        || ' of '
        || strftime(claims.flow_date, '%d %b %Y')
        || case
            when claims.is_in_part
                then
                    ' is confirmed but for '
                    || {{ money_text('claims.unproven_minor', 'claims.currency_code') }}
                    || ': a fee, a discount or a mistake that nobody has written down.'
            when claims.kind = 'card_transaction' then ' has no purchase in the books.'
            when claims.rail = 'qbo' and claims.kind = 'purchase' then ' has no bank line and no card purchase.'
            else ' has no bank line.'
        end as detail,
        'Find the bank line and its date and amount, or void the record where it stands when no money moved.'
            as remedy,
        to_json(
            {
                record_kind: claims.kind,
                record_id: claims.record_id,
                flow_date: claims.flow_date,
                amount_minor: claims.amount_minor
            }
        ) as evidence
    from claims
    inner join banked
        on claims.client_id = banked.client_id
    inner join names
        on claims.rail = names.rail
    left join {{ ref('int_missing_bills__candidates') }} as missing_bills
        on
            claims.client_id = missing_bills.client_id
            and claims.rail = missing_bills.rail
            and claims.record_id = missing_bills.record_id
    where
        -- A bank line without any record is asked about as an unmatched line.
        (claims.rail <> 'plaid' or claims.is_in_part)
        and not claims.is_proven
        and not claims.is_waiting
        and claims.is_in_window
        and missing_bills.client_id is null
),

-- Lines that the feed lost leave records without a line, and those are asked about already.
asked as (
    select
        days.client_id,
        days.account_id,
        days.difference_date,
        sum(claims.unproven_minor) as asked_minor
    from {{ ref('int_tie_out__differences') }} as days
    inner join claims
        on
            days.client_id = claims.client_id
            and claims.flow_date between days.difference_date - 5 and days.difference_date + 1
    where days.side = 'bank' and claims.rail <> 'plaid' and claims.is_in_window and not claims.is_waiting
    group by days.client_id, days.account_id, days.difference_date
),

differences as (
    select
        differences.*,
        least(
            coalesce(case when differences.side = 'bank' then asked.asked_minor end, 0),
            abs(differences.difference_minor)
        ) as asked_minor
    from {{ ref('int_tie_out__differences') }} as differences
    left join asked
        on
            differences.client_id = asked.client_id
            and differences.account_id = asked.account_id
            and differences.difference_date = asked.difference_date
),

-- A record stands on two ledger accounts; its difference is one thing to look at.
untied as (
    select
        client_id,
        'tie_out' as kind,
        rail,
        concat_ws(':', side, account_id, difference_date, object_type, record_id) as record_id,
        cast(null as varchar) as claim_kind,
        cast(null as varchar) as claim_id,
        cast(null as double) as wrong_probability,
        cast(null as varchar) as counterparty_name,
        abs(difference_minor) - asked_minor as amount_minor,
        currency_code,
        difference_date as item_date,
        coalesce(account_name, 'An account')
        || case side
            when 'bank' then ' does not lead to the bank''s balance'
            else ' differs from QuickBooks'' report'
        end
            as title,
        sentence as detail,
        case side
            when 'bank' then 'Ask the bank for that day''s statement and load it as a file, or reload the feed.'
            else 'Open the record in QuickBooks, then load the books again.'
        end as remedy,
        to_json(
            {
                side: side, account_id: account_id, object_type: object_type, record_id: record_id,
                ours_minor: ours_minor, theirs_minor: theirs_minor, difference_minor: difference_minor, reason: reason
            }
        ) as evidence
    from differences
    where
        difference_minor <> 0
        and difference_date + case side when 'ledger' then interval 1 month else interval 0 day end
        > {{ as_of_date() }} - interval '{{ var("quality_days") }}' day
        and difference_date <= {{ as_of_date() }}
    qualify row_number() over (
        partition by client_id, side, object_type, record_id, case when side = 'bank' then account_id end
        order by abs(difference_minor) desc, account_id asc
    ) = 1
),

removed as (
    select
        gone.client_id,
        'removed_record' as kind,
        gone.rail,
        gone.kind || ':' || gone.record_id as record_id,
        cast(null as varchar) as claim_kind,
        cast(null as varchar) as claim_id,
        cast(null as double) as wrong_probability,
        gone.label as counterparty_name,
        case when gone.is_in_window then gone.amount_minor else 0 end as amount_minor,
        gone.currency_code,
        gone.flow_date as item_date,
        'A ' || replace(gone.kind, '_', ' ') || ' was removed' || coalesce(': ' || gone.label, '') as title,
        names.rail_name
        || ' held it from '
        || strftime(gone.first_seen_date, '%d %b %Y')
        || ' and not since '
        || strftime(gone.missing_since_date, '%d %b %Y')
        || '. Until someone says that this was right, it counts as unproven and the score cannot rise above what it '
        || 'was with it.' as detail,
        'Confirm that it was rightly removed, or enter it again.' as remedy,
        to_json(
            {
                record_kind: gone.kind,
                record_id: gone.record_id,
                flow_date: gone.flow_date,
                amount_minor: gone.amount_minor,
                first_seen_date: gone.first_seen_date,
                missing_since_date: gone.missing_since_date
            }
        ) as evidence
    from {{ ref('int_quality__removed') }} as gone
    inner join names
        on gone.rail = names.rail
    -- Whoever said that a bill is a copy has vouched for its end.
    left join {{ ref('stg_control__hygiene_decisions') }} as vouched
        on
            gone.client_id = vouched.client_id
            and vouched.action = 'confirmed'
            -- Within the key: as a condition of its own it would compare every record with every decision.
            and case
                when gone.kind = 'bill'
                    then {{ hygiene_item_id('gone.client_id', "'duplicate_bill'", "'qbo'", 'gone.record_id') }}
            end
            = vouched.hygiene_item_id
    where vouched.client_id is null
)

select * from unproven
union all
select * from untied
union all
select * from removed
