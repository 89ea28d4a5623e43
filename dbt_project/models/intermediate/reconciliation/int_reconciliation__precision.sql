-- One row per firm and method with the precision that is known of it, and the bound that the gate looks at.
-- What the benchmark measured is the start; each confirmation or rejection by a person of the firm counts with it.
with firms as (
    select distinct advisor_id
    from {{ ref('stg_control__clients') }}
),

decided as (
    select
        rulings.advisor_id,
        candidates.rule as method,
        count(*) as trials,
        count(*) filter (where rulings.verb = 'join') as right_count
    from {{ ref('stg_control__rulings') }} as rulings
    inner join {{ ref('int_reconciliation__judged') }} as candidates
        on
            rulings.client_id = candidates.client_id
            and rulings.left_key = candidates.left_key
            and rulings.right_key = candidates.right_key
    where rulings.subject = 'match' and rulings.verb in ('join', 'separate')
    group by rulings.advisor_id, candidates.rule
),

-- However much the benchmark measured, a simulator's data is cleaner than a firm's: it counts as so many trials at
-- most, so that a few rejections by the firm's people are enough to close the gate.
prior as (
    select
        method,
        is_exact,
        least(trials, {{ var('precision_prior_trials') }}) as trials,
        right_count * least(trials, {{ var('precision_prior_trials') }}) / nullif(trials, 0) as right_count
    from {{ ref('match_precision') }}
),

counted as (
    select
        firms.advisor_id,
        measured.method,
        measured.trials + coalesce(decided.trials, 0) as trials,
        coalesce(measured.right_count, 0) + coalesce(decided.right_count, 0) as right_count,
        measured.is_exact,
        (coalesce(measured.right_count, 0) + coalesce(decided.right_count, 0))
        / nullif(measured.trials + coalesce(decided.trials, 0), 0) as right_share
    from firms
    cross join prior as measured
    left join decided on firms.advisor_id = decided.advisor_id and measured.method = decided.method
)

select
    advisor_id,
    method,
    cast(trials as bigint) as trials,
    cast(right_count as bigint) as right_count,
    is_exact,
    (right_count + 0.5) / (trials + 1) as precision_score,
    -- Wilson's lower bound, one-sided at 95 % (z = 1.645): right of a hundred out of a hundred is still only 97 %.
    case
        when trials = 0 then 0
        else
            (
                right_share + 2.706 / (2 * trials)
                - 1.645 * sqrt(right_share * (1 - right_share) / trials + 2.706 / (4 * trials * trials))
            ) / (1 + 2.706 / trials)
    end as lower_bound
from counted
