-- One row per client and driver of the three largest: the last whole week against the usual week.
select
    clients.advisor_id,
    variances.client_id,
    variances.rank,
    variances.driver,
    variances.direction,
    variances.amount_minor,
    variances.usual_minor,
    variances.currency_code,
    cast(variances.share_pct as double) as share_pct,
    variances.explanation
from {{ ref('int_cash__variances') }} as variances
inner join {{ ref('dim_clients') }} as clients
    on variances.client_id = clients.client_id
