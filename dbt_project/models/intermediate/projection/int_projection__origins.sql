-- One row per client and day from which its thirteen weeks are projected: today, and the same weekday of earlier weeks.
-- Every model of the projection carries the origin, so a forecast of then is made by the very SQL of now. The same
-- weekday, because week 1 is the rest of a week: its errors are comparable only when the same days are still to come.
with clients as (
    select * from {{ ref('int_cash__positions') }}
    where cash_account_count > 0
),

days as (
    select
        client_id,
        posted_date,
        cast(sum(amount_minor) as bigint) as net_minor
    from {{ ref('int_cash__flows') }}
    group by client_id, posted_date
),

firsts as (
    select
        client_id,
        min(posted_date) as first_posted_date
    from days
    group by client_id
),

dated as (
    select
        clients.*,
        cast(steps.weeks_ago as integer) as weeks_ago,
        {{ as_of_date() }} - cast(steps.weeks_ago * 7 as integer) as origin_date,
        firsts.first_posted_date
    from clients
    cross join generate_series(0, {{ var('projection_origins') }} - 1) as steps (weeks_ago)
    left join firsts
        on clients.client_id = firsts.client_id
    -- A quarter of bank lines is the least that tells a rhythm.
    where
        steps.weeks_ago = 0
        or firsts.first_posted_date <= {{ as_of_date() }} - cast(steps.weeks_ago * 7 as integer) - 91
),

later as (
    select
        dated.client_id,
        dated.origin_date,
        sum(days.net_minor) as net_minor
    from dated
    inner join days
        on dated.client_id = days.client_id and dated.origin_date < days.posted_date
    group by dated.client_id, dated.origin_date
)

select
    dated.client_id,
    dated.origin_date,
    dated.weeks_ago,
    dated.weeks_ago = 0 as is_current,
    cast(date_trunc('week', dated.origin_date) as date) as week_start_date,
    dated.currency_code,
    -- Cash then is cash now less all that has moved since.
    case
        when dated.weeks_ago = 0 then dated.available_minor
        else cast(dated.current_minor - coalesce(later.net_minor, 0) as bigint)
    end as opening_minor,
    dated.buffer_minor,
    coalesce(date_diff('day', dated.first_posted_date, dated.origin_date) // 7, 0) as weeks_seen
from dated
left join later
    on dated.client_id = later.client_id and dated.origin_date = later.origin_date
