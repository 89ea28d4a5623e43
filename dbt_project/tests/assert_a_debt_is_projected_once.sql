-- No bill stands in the projection twice: not as two lines, and not as itself beside a payout that pays it.
with lines as (
    select
        lines.client_id,
        coalesce(payouts.source_bill_id, lines.source_id) as source_bill_id
    from {{ ref('pub_cash_lines') }} as lines
    left join {{ ref('fct_payouts') }} as payouts
        on lines.client_id = payouts.client_id and lines.source_id = 'payout:' || payouts.payout_id
    where lines.flow in ('bills', 'reserved_payouts') and lines.source_id not like 'usual:%'
)

select
    client_id,
    source_bill_id,
    count(*) as lines
from lines
group by client_id, source_bill_id
having count(*) > 1
