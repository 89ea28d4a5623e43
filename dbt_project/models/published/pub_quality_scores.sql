-- One row per client and component of the data-quality score, and one for the whole.
with words (component, what, clean, failing_words) as (
    values
    (
        'completeness',
        'open documents, accounts and core rails',
        'all say what a decision needs',
        'lack a date, a name or a balance'
    ),
    (
        'reconciliation',
        'bank lines of the last 90 days',
        'all have a record',
        'have no record in the books, Ramp or Stripe'
    ),
    ('freshness', 'connected rails', 'all are fresh', 'failed or are older than 48 hours'),
    ('duplicates', 'open bills', 'none looks like a copy', 'look like a copy of another'),
    (
        'categorization',
        'purchases and bills of the last 90 days',
        'all are categorized',
        'stand on a catch-all account'
    ),
    (
        'missing_bills',
        'bills of the last 90 days, the missing ones included',
        'none is missing',
        'are missing'
    )
),

components as (
    select
        components.client_id,
        components.component,
        components.score,
        components.weight,
        components.measured,
        components.failing,
        case
            when components.measured = 0 then 'Nothing to measure: no ' || words.what || '.'
            when components.failing = 0
                then
                    'Of '
                    || format('{:,}', components.measured)
                    || ' '
                    || words.what
                    || ', '
                    || words.clean
                    || '.'
            else
                format('{:,}', components.failing) || ' of ' || format('{:,}', components.measured) || ' '
                || words.what || ' ' || words.failing_words || '.'
        end as explanation
    from {{ ref('int_quality__components') }} as components
    inner join words
        on components.component = words.component
),

unioned as (
    select * from components

    union all

    select
        client_id,
        'overall' as component,
        quality_score as score,
        1.0 as weight,
        measured,
        failing,
        case
            when quality_score = 100 then 'Nothing that was measured fails.'
            else 'Most points are lost in ' || replace(weakest_component, '_', ' ') || '.'
        end as explanation
    from {{ ref('int_quality__scores') }}
)

select
    clients.advisor_id,
    unioned.client_id,
    unioned.component,
    unioned.score,
    cast(unioned.weight as double) as weight,
    unioned.measured,
    unioned.failing,
    unioned.explanation
from unioned
inner join {{ ref('dim_clients') }} as clients
    on unioned.client_id = clients.client_id
