-- One row per bank account and day on which lines were posted or the balance was read: our running balance against
-- the bank's own. Where the bank tells the balance after each line, a day's lines must lead from the balance before
-- to the balance after; where it does not, from one balance that was read to the next.
with lines as (
    select
        postings.client_id,
        postings.account_id_plaid,
        postings.posted_date,
        postings.posting_id_plaid,
        postings.amount_minor,
        postings.running_minor,
        postings.currency_code
    from {{ ref('int_bank__postings') }} as postings
    where not postings.is_pending and postings.posted_date <= {{ as_of_date() }}
),

days as (
    select
        client_id,
        account_id_plaid,
        posted_date as balance_date,
        count(*) as line_count,
        count(running_minor) as told_count,
        cast(sum(amount_minor) as bigint) as moved_minor,
        -- Lines without a balance lie between those with one; what they moved may be missing from the chain.
        cast(coalesce(sum(case when running_minor is null then amount_minor end), 0) as bigint) as silent_minor,
        min(currency_code) as currency_code
    from lines
    group by client_id, account_id_plaid, posted_date
),

-- Each line leads from a balance to a balance. What only begins is where the day begins, what only ends its close.
steps as (
    select
        client_id,
        account_id_plaid,
        posted_date,
        running_minor as balance_minor,
        1 as step
    from lines
    where running_minor is not null
    union all
    select
        client_id,
        account_id_plaid,
        posted_date,
        running_minor - amount_minor as balance_minor,
        -1 as step
    from lines
    where running_minor is not null
),

loose_ends as (
    select
        client_id,
        account_id_plaid,
        posted_date,
        balance_minor,
        sum(step) as step
    from steps
    group by client_id, account_id_plaid, posted_date, balance_minor
    having sum(step) <> 0
),

ends as (
    select
        client_id,
        account_id_plaid,
        posted_date,
        sum(abs(step)) as loose_count,
        max(case when step < 0 then balance_minor end) as opening_minor,
        max(case when step > 0 then balance_minor end) as closing_minor,
        -- Where a day has several ends, its lines do not join: so much is between them.
        cast(sum(balance_minor * step) as bigint) as told_move_minor
    from loose_ends
    group by client_id, account_id_plaid, posted_date
),

told_days as (
    select
        days.client_id,
        days.account_id_plaid,
        days.balance_date,
        days.moved_minor,
        days.silent_minor,
        coalesce(ends.loose_count, 0) as loose_count,
        ends.opening_minor,
        ends.closing_minor
    from days
    left join ends
        on
            days.client_id = ends.client_id
            and days.account_id_plaid = ends.account_id_plaid
            and days.balance_date = ends.posted_date
    where days.told_count > 0
),

-- Days without any told balance between two told ones are silent in full.
silence as (
    select
        client_id,
        account_id_plaid,
        balance_date,
        sum(silent_minor) over (
            partition by client_id, account_id_plaid order by balance_date
        ) as silent_to_date_minor
    from days
),

-- A day whose lines do not join closes where the next day opens.
closed as (
    select
        told_days.*,
        case
            when told_days.loose_count > 2 then lead(told_days.opening_minor) over account_order
            else told_days.closing_minor
        end as closed_minor,
        silence.silent_to_date_minor
    from told_days
    inner join silence
        on
            told_days.client_id = silence.client_id
            and told_days.account_id_plaid = silence.account_id_plaid
            and told_days.balance_date = silence.balance_date
    window account_order as (
        partition by told_days.client_id, told_days.account_id_plaid order by told_days.balance_date
    )
),

chained as (
    select
        *,
        last_value(closed_minor ignore nulls) over before_it as closed_minor_before,
        lag(balance_date) over account_order as balance_date_before,
        silent_to_date_minor - coalesce(lag(silent_to_date_minor) over account_order, 0) as silent_since_minor,
        coalesce(lag(silent_minor) over account_order, 0) as silent_minor_before
    from closed
    window
        account_order as (partition by client_id, account_id_plaid order by balance_date),
        before_it as (
            partition by client_id, account_id_plaid order by balance_date
            rows between unbounded preceding and 1 preceding
        )
),

by_line as (
    select
        client_id,
        account_id_plaid,
        balance_date,
        closed_minor as told_minor,
        balance_date_before as since_date,
        case
            when closed_minor_before is null then 0
            when loose_count > 2 then coalesce(closed_minor - closed_minor_before - moved_minor, 0)
            when opening_minor is null then 0
            -- A silent line may lie on either side of the night.
            when
                opening_minor - closed_minor_before
                in (0, silent_since_minor, silent_minor_before, silent_since_minor + silent_minor_before)
                then 0
            else opening_minor - closed_minor_before
        end as missing_minor,
        loose_count > 2 as is_broken_inside
    from chained
),

readings as (
    select
        client_id,
        account_id_plaid,
        read_on,
        current_minor,
        lag(read_on) over account_order as read_on_before,
        lag(current_minor) over account_order as current_minor_before
    from {{ ref('int_bank__balance_readings') }}
    where read_on <= {{ as_of_date() }}
    window account_order as (partition by client_id, account_id_plaid order by read_on)
),

-- A balance is read some time in a day, so the lines of both days may or may not be in it.
spans as (
    select
        readings.client_id,
        readings.account_id_plaid,
        readings.read_on,
        readings.read_on_before,
        readings.current_minor,
        readings.current_minor - readings.current_minor_before as told_minor,
        coalesce(sum(lines.amount_minor) filter (
            where lines.posted_date > readings.read_on_before and lines.posted_date < readings.read_on
        ), 0) as inner_minor,
        coalesce(sum(lines.amount_minor) filter (where lines.posted_date = readings.read_on_before), 0) as first_minor,
        coalesce(sum(lines.amount_minor) filter (where lines.posted_date = readings.read_on), 0) as last_minor
    from readings
    left join lines
        on
            readings.client_id = lines.client_id
            and readings.account_id_plaid = lines.account_id_plaid
            and lines.posted_date between readings.read_on_before and readings.read_on
    where readings.read_on_before is not null
    group by
        readings.client_id, readings.account_id_plaid, readings.read_on, readings.read_on_before,
        readings.current_minor, readings.current_minor_before
),

by_reading as (
    select
        client_id,
        account_id_plaid,
        read_on as balance_date,
        current_minor as told_minor,
        read_on_before as since_date,
        case
            when
                told_minor in (
                    inner_minor, inner_minor + first_minor, inner_minor + last_minor,
                    inner_minor + first_minor + last_minor
                )
                then 0
            else told_minor - inner_minor - first_minor
        end as missing_minor
    from spans
),

checks as (
    select
        client_id,
        account_id_plaid,
        balance_date,
        since_date,
        told_minor,
        missing_minor,
        is_broken_inside,
        'line' as told_by
    from by_line
    union all
    select
        by_reading.client_id,
        by_reading.account_id_plaid,
        by_reading.balance_date,
        by_reading.since_date,
        by_reading.told_minor,
        by_reading.missing_minor,
        false as is_broken_inside,
        'reading' as told_by
    from by_reading
    -- Where lines tell their balance they say more: the day itself.
    left join by_line
        on
            by_reading.client_id = by_line.client_id
            and by_reading.account_id_plaid = by_line.account_id_plaid
            and by_line.balance_date between by_reading.since_date and by_reading.balance_date
    where by_line.client_id is null
)

select
    coalesce(checks.client_id, days.client_id) as client_id,
    coalesce(checks.account_id_plaid, days.account_id_plaid) as account_id_plaid,
    coalesce(checks.balance_date, days.balance_date) as balance_date,
    checks.since_date,
    coalesce(days.line_count, 0) as line_count,
    coalesce(days.moved_minor, 0) as moved_minor,
    cast(checks.told_minor as bigint) as balance_minor_plaid,
    checks.told_by,
    cast(coalesce(checks.missing_minor, 0) as bigint) as difference_minor,
    coalesce(days.currency_code, balances.currency_code) as currency_code,
    case
        when checks.client_id is null then 'untold'
        when checks.missing_minor <> 0 or checks.is_broken_inside then 'unproven'
        else 'proven'
    end as status
from days
full outer join checks
    on
        days.client_id = checks.client_id
        and days.account_id_plaid = checks.account_id_plaid
        and days.balance_date = checks.balance_date
left join {{ ref('int_bank__balances') }} as balances
    on
        coalesce(checks.client_id, days.client_id) = balances.client_id
        and coalesce(checks.account_id_plaid, days.account_id_plaid) = balances.account_id_plaid
