-- One row per record that names a party, with the party, and whether a rail wrote that or a text was read.
-- Parties are nodes of the graph too: a record hangs on its party, and joins no event by it.
select
    records.client_id,
    records.rail,
    records.object_type,
    records.record_id,
    records.party_key,
    records.counterparty_id,
    records.party_key is not null as is_hard,
    case when records.party_key is not null then 'id on the record' else coalesce(links.rule, 'text') end as rule,
    case when records.party_key is not null then 1.0 else links.link_score end as link_score
from {{ ref('int_identity__records') }} as records
left join {{ ref('int_counterparties__links') }} as links
    on
        records.client_id = links.client_id
        and records.rail = links.rail
        and records.object_type = links.object_type
        and records.record_id = links.record_id
where records.party_key is not null or records.counterparty_id is not null
