-- One row per bank line of a client's business, in the bucket that was known on the day it was posted.
-- A document entered a week later would name the line better, but no forecast of that day could have known it.
with proofs as (
    select
        client_id,
        posting_id_plaid,
        bucket
    from {{ ref('int_projection__bank_proofs') }}
),

lines as (
    select * from {{ ref('int_cash__flows') }}
    where bucket_when_posted not in ('own_transfer', 'capital')
),

-- Lines older than the span that is matched have no verdict on own transfers: equal money, opposite ways, two accounts.
moved as (
    select distinct
        outs.client_id,
        unnest([outs.posting_id_plaid, ins.posting_id_plaid]) as posting_id_plaid
    from lines as outs
    inner join lines as ins
        on
            outs.client_id = ins.client_id
            and outs.amount_minor = -ins.amount_minor
            and outs.account_id_plaid <> ins.account_id_plaid
    where outs.amount_minor < 0 and abs(date_diff('day', outs.posted_date, ins.posted_date)) <= 3
)

select
    lines.client_id,
    lines.posting_id_plaid,
    lines.posted_date,
    lines.week_start_date,
    lines.amount_minor,
    lines.counterparty_id,
    lines.driver,
    lines.series_key,
    lines.bucket_when_posted = 'payroll' and proofs.posting_id_plaid is null as is_payroll,
    coalesce(
        proofs.bucket, case when lines.bucket_when_posted = 'payroll' then 'other_out' else lines.bucket_when_posted end
    ) as bucket
from lines
left join proofs
    on lines.client_id = proofs.client_id and lines.posting_id_plaid = proofs.posting_id_plaid
left join moved
    on lines.client_id = moved.client_id and lines.posting_id_plaid = moved.posting_id_plaid
where moved.posting_id_plaid is null
