-- One row per client, origin, kind, payer with something open, and lag in days that its payment may have: the payer's
-- own last lags weigh one each, the client's usual ones four together, the firm's one together.
-- So a payer without a history pays as the client's others do, and one with sixteen payments pays as it always does.
with open_payers as (
    select distinct
        client_id,
        origin_date,
        kind,
        payer_key
    from {{ ref('int_projection__open_documents') }}
),

habits as (
    select * from {{ ref('int_projection__habits') }}
),

all_habits as (
    select * from habits
    where payer_key = ''
),

own as (
    select
        open_payers.client_id,
        open_payers.origin_date,
        open_payers.kind,
        open_payers.payer_key,
        habits.lags
    from open_payers
    asof inner join habits
        on
            open_payers.client_id = habits.client_id
            and open_payers.kind = habits.kind
            and open_payers.payer_key = habits.payer_key
            and open_payers.origin_date >= habits.known_date
),

payers as (
    select distinct
        client_id,
        origin_date,
        kind
    from open_payers
),

client_habits as (
    select
        payers.client_id,
        payers.origin_date,
        payers.kind,
        -- Ten evenly spaced ones of the sorted lags.
        list_transform(
            range(10),
            lambda step: all_habits.lags[1 + cast(floor((step + 0.5) / 10 * len(all_habits.lags)) as bigint)]
        ) as lags
    from payers
    asof inner join all_habits
        on
            payers.client_id = all_habits.client_id
            and payers.kind = all_habits.kind
            and payers.origin_date >= all_habits.known_date
),

clients as (
    select
        client_id,
        advisor_id
    from {{ ref('stg_control__clients') }}
),

firm_habits as (
    select
        lags.advisor_id,
        lags.origin_date,
        lags.kind,
        quantile_disc(lags.lag_days, [0.1, 0.3, 0.5, 0.7, 0.9]) as lags
    from (
        select
            clients.advisor_id,
            client_habits.origin_date,
            client_habits.kind,
            unnest(client_habits.lags) as lag_days
        from client_habits
        inner join clients
            on client_habits.client_id = clients.client_id
    ) as lags
    group by lags.advisor_id, lags.origin_date, lags.kind
),

points as (
    select
        client_id,
        origin_date,
        kind,
        payer_key,
        unnest(lags) as lag_days,
        1.0 as weight,
        'own' as source
    from own

    union all

    select
        open_payers.client_id,
        open_payers.origin_date,
        open_payers.kind,
        open_payers.payer_key,
        unnest(client_habits.lags) as lag_days,
        0.4 as weight,
        'client' as source
    from open_payers
    inner join client_habits
        on
            open_payers.client_id = client_habits.client_id
            and open_payers.origin_date = client_habits.origin_date
            and open_payers.kind = client_habits.kind

    union all

    select
        open_payers.client_id,
        open_payers.origin_date,
        open_payers.kind,
        open_payers.payer_key,
        unnest(firm_habits.lags) as lag_days,
        0.2 as weight,
        'firm' as source
    from open_payers
    inner join clients
        on open_payers.client_id = clients.client_id
    inner join firm_habits
        on
            clients.advisor_id = firm_habits.advisor_id
            and open_payers.origin_date = firm_habits.origin_date
            and open_payers.kind = firm_habits.kind
)

select
    client_id,
    origin_date,
    kind,
    payer_key,
    cast(lag_days as integer) as lag_days,
    sum(weight) as weight,
    cast(count(*) filter (where source = 'own') as integer) as own_payments
from points
group by client_id, origin_date, kind, payer_key, lag_days
