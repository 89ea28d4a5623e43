-- One row per client: on track, watch, at risk or unknown, with the sentence that says why and how sure
-- that is.
with positions as (
    select * from {{ ref('int_cash__positions') }}
),

lowest as (
    select
        client_id,
        min(closing_balance_minor) as cash_lowest_minor,
        arg_min(week_start_date, (closing_balance_minor, week_start_date)) as lowest_week_start_date,
        min(case when closing_balance_minor < 0 then week_start_date end) as first_week_below_zero,
        -- How much less, and more, cash the band of 80 in 100 still allows after thirteen weeks; per day of them.
        max(closing_balance_minor - low_80_minor) filter (where week_number = 13) / 91.0 as worse_daily_minor,
        max(high_80_minor - closing_balance_minor) filter (where week_number = 13) / 91.0 as better_daily_minor
    from {{ ref('int_projection__weeks') }}
    where is_current
    group by client_id
),

history as (
    select
        client_id,
        count(*) as weeks_seen
    from {{ ref('int_cash__actual_weeks') }}
    group by client_id
),

joined as (
    select
        positions.*,
        lowest.cash_lowest_minor,
        lowest.lowest_week_start_date,
        lowest.first_week_below_zero,
        burn.average_daily_net_burn_minor,
        burn.runway_days,
        {{ runway_days('positions.spendable_minor', 'burn.average_daily_net_burn_minor + lowest.worse_daily_minor') }}
            as runway_days_low,
        {{ runway_days('positions.spendable_minor', 'burn.average_daily_net_burn_minor - lowest.better_daily_minor') }}
            as runway_days_high,
        scores.quality_score,
        scores.readiness_score,
        scores.preflight,
        scores.weakest_component,
        scores.bank_status,
        scores.bank_freshness_hours,
        scores.is_bank_unknown,
        coalesce(history.weeks_seen, 0) as weeks_seen,
        positions.spendable_minor - positions.buffer_minor as gap_to_buffer_minor
    from positions
    inner join {{ ref('int_quality__scores') }} as scores
        on positions.client_id = scores.client_id
    left join {{ ref('int_cash__burn') }} as burn
        on positions.client_id = burn.client_id
    left join lowest
        on positions.client_id = lowest.client_id
    left join history
        on positions.client_id = history.client_id
),

judged as (
    select
        *,
        case
            when is_bank_unknown or spendable_minor is null then 'unknown'
            when first_week_below_zero is not null then 'at_risk'
            when spendable_minor >= buffer_minor then 'on_track'
            -- Sixty percent of the buffer, kept in whole minor units.
            when spendable_minor * 100 >= buffer_minor * 60 then 'watch'
            else 'at_risk'
        end as runway_status,
        case
            when is_bank_unknown or quality_score < 60 or weeks_seen < 8 then 'low'
            when bank_freshness_hours >= 24 or preflight <> 'ok' or weeks_seen < 26 then 'medium'
            else 'high'
        end as confidence
    from joined
)

select
    *,
    case
        when
            bank_status = 'absent'
            then 'No bank feed is connected, so nobody can say what the account holds.'
        when
            bank_freshness_hours is null
            then 'The bank feed has never loaded, so nobody can say what the account holds.'
        when is_bank_unknown
            then
                'The newest bank balance is ' || cast(floor(bank_freshness_hours) as integer)
                || ' hours old, too old to judge by.'
        when spendable_minor is null then 'The bank feed shows no cash account in ' || currency_code || '.'
        when first_week_below_zero is not null
            then
                'Cash is projected to fall below zero in the week of '
                || strftime(first_week_below_zero, '%d %b')
                || ', lowest ' || {{ money_text('cash_lowest_minor', 'currency_code') }} || '.'
        when spendable_minor >= buffer_minor
            then
                'Spendable cash of ' || {{ money_text('spendable_minor', 'currency_code') }} || ' is '
                || {{ money_text('gap_to_buffer_minor', 'currency_code') }} || ' above the buffer of '
                || {{ money_text('buffer_minor', 'currency_code') }}
                || case
                    when cash_lowest_minor < buffer_minor
                        then
                            ', but the projection dips below it in the week of '
                            || strftime(lowest_week_start_date, '%d %b')
                    else ''
                end || '.'
        else
            'Spendable cash of ' || {{ money_text('spendable_minor', 'currency_code') }} || ' is '
            || {{ money_text('-gap_to_buffer_minor', 'currency_code') }} || ' short of the buffer of '
            || {{ money_text('buffer_minor', 'currency_code') }} || '.'
    end as status_reason,
    case
        when is_bank_unknown then 'The bank balance is not known.'
        when quality_score < 60
            then
                'The data-quality score is '
                || quality_score
                || ', weakest in '
                || weakest_component
                || '.'
        when weeks_seen < 8 then 'Only ' || weeks_seen || ' weeks of bank history.'
        when bank_freshness_hours >= 24
            then 'The bank balance is ' || cast(floor(bank_freshness_hours) as integer) || ' hours old.'
        when preflight <> 'ok'
            then
                'Readiness is '
                || readiness_score
                || ', weakest in '
                || weakest_component
                || '.'
        when weeks_seen < 26 then 'Only ' || weeks_seen || ' weeks of bank history.'
        else 'Fresh bank data, a data-quality score of ' || quality_score || ' and 26 weeks of history.'
    end as confidence_reason
from judged
