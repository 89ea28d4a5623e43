-- Every active client stands on the portfolio exactly once, with four rails and four quality rows.
select clients.client_id
from {{ ref('pub_clients') }} as clients
left join (select
    client_id,
    count(*) as n
from {{ ref('pub_portfolio') }}
group by client_id) as portfolio
    on clients.client_id = portfolio.client_id
left join (select
    client_id,
    count(*) as n
from {{ ref('pub_rail_health') }}
group by client_id) as rails
    on clients.client_id = rails.client_id
left join (select
    client_id,
    count(*) as n
from {{ ref('pub_quality_scores') }}
group by client_id) as quality
    on clients.client_id = quality.client_id
where portfolio.n is distinct from 1 or rails.n is distinct from 4 or quality.n is distinct from 4
