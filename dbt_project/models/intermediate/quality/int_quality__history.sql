{{
    config(
        materialized='incremental',
        unique_key=['client_id', 'rail', 'score_date'],
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}
-- One row per client, rail and day: the data-quality score as a build of that day told it.
-- A record that vanished holds the score: until a person has said that it was rightly removed, the known share stays at
-- or below what it was when the record was last there, whatever its absence does to matching.
with measured as (
    select * from {{ ref('int_quality__measured') }}
),

removed as (
    select
        gone.client_id,
        gone.missing_since_date
    from {{ ref('int_quality__removed') }} as gone
    inner join {{ ref('int_hygiene__decided') }} as items
        on
            gone.client_id = items.client_id
            and gone.hygiene_item_id = items.hygiene_item_id
            and items.is_failing
),

earlier as (
    {% if is_incremental() %}
        select
            client_id,
            rail,
            score_date,
            known_hundredths,
            score_hundredths,
            readiness_hundredths
        from {{ this }}
        where score_date <= {{ as_of_date() }}
    {% else %}
        select
            client_id,
            rail,
            cast(null as date) as score_date,
            known_hundredths,
            score_hundredths,
            readiness_hundredths
        from measured
        where false
    {% endif %}
),

-- The last day on which the record was still counted, or the day itself when it went between two builds of one day.
reached as (
    select
        removed.client_id,
        earlier.rail,
        removed.missing_since_date,
        max(earlier.score_date) as score_date
    from (select distinct * from removed) as removed
    inner join earlier
        on
            removed.client_id = earlier.client_id
            and removed.missing_since_date >= earlier.score_date
    group by removed.client_id, earlier.rail, removed.missing_since_date
),

caps as (
    select
        reached.client_id,
        reached.rail,
        min(earlier.known_hundredths) as known_cap,
        -- Within one day a rail's age takes nothing from the score that it did not take before.
        min(
            case
                when reached.score_date = {{ as_of_date() }} and reached.missing_since_date = {{ as_of_date() }}
                    then earlier.score_hundredths
            end
        ) as score_cap,
        min(
            case
                when reached.score_date = {{ as_of_date() }} and reached.missing_since_date = {{ as_of_date() }}
                    then earlier.readiness_hundredths
            end
        ) as readiness_cap
    from reached
    inner join earlier
        on
            reached.client_id = earlier.client_id
            and reached.rail = earlier.rail
            and reached.score_date = earlier.score_date
    group by reached.client_id, reached.rail
),

held as (
    select
        measured.*,
        greatest(0, measured.known_hundredths - coalesce(caps.known_cap, 10000)) as over_hundredths,
        coalesce(caps.score_cap, 10000) as score_cap,
        coalesce(caps.readiness_cap, 10000) as readiness_cap
    from measured
    left join caps
        on measured.client_id = caps.client_id and measured.rail = caps.rail
)

select
    client_id,
    rail,
    {{ as_of_date() }} as score_date,
    flow_minor,
    unproven_minor,
    uncategorized_minor,
    stale_minor,
    known_hundredths - over_hundredths as known_hundredths,
    case
        when score_hundredths is not null then least(greatest(score_hundredths - over_hundredths, 0), score_cap)
    end as score_hundredths,
    case
        when readiness_hundredths is not null
            then least(greatest(readiness_hundredths - over_hundredths, 0), readiness_cap)
    end as readiness_hundredths,
    -- What the vanished records hold back, so that the lost points still add up.
    case
        when score_hundredths is not null
            then score_hundredths - least(greatest(score_hundredths - over_hundredths, 0), score_cap)
    end as held_hundredths
from held
