-- No bill stands in the projection twice: its lines add up to no more than what is open of it, no week has two of them,
-- and none stands as itself beside a payout that pays it.
with lines as (
    select
        lines.client_id,
        lines.week_number,
        lines.amount_minor,
        lines.source_id,
        coalesce(payouts.source_bill_id, lines.source_id) as source_bill_id
    from {{ ref('pub_cash_lines') }} as lines
    left join {{ ref('fct_payouts') }} as payouts
        on lines.client_id = payouts.client_id and lines.source_id = 'payout:' || payouts.payout_id
    where lines.flow in ('bills', 'reserved_payouts') and lines.source_id not like 'usual:%'
),

debts as (
    select
        client_id,
        source_bill_id,
        -- A payout stands until the bank shows it, whatever the bill says by then.
        sum(case when source_id = source_bill_id then -amount_minor else 0 end) as projected_minor,
        count(*) as lines,
        count(distinct week_number) as weeks,
        count(distinct source_id) as sources
    from lines
    group by client_id, source_bill_id
)

select
    debts.*,
    bills.open_minor
from debts
left join {{ ref('int_cash__bills') }} as bills
    on debts.client_id = bills.client_id and debts.source_bill_id = bills.source_bill_id
where debts.lines > debts.weeks or debts.sources > 1 or debts.projected_minor > bills.open_minor
