-- One row per record that was cash flow of a client and is gone, with nothing in its place.
-- A bank that is linked again brings its lines back under new ids: equal lines that came when the old ones went stand
-- in for them, one for one.
with seen as (
    select *
    from {{ ref('int_quality__seen') }}
    where
        flow_date <= {{ as_of_date() }}
        and flow_date > {{ as_of_date() }} - interval '{{ var("reconciliation_days") }}' day
        and first_seen_date <= {{ as_of_date() }}
),

gone as (
    select
        *,
        row_number() over (
            partition by client_id, rail, kind, flow_date, amount_minor, currency_code
            order by missing_since_date, record_id
        ) as place
    from seen
    where missing_since_date is not null
),

came as (
    select
        client_id,
        rail,
        kind,
        flow_date,
        amount_minor,
        currency_code,
        first_seen_date,
        row_number() over (
            partition by client_id, rail, kind, flow_date, amount_minor, currency_code
            order by first_seen_date desc, record_id asc
        ) as place
    from seen
    where missing_since_date is null
)

select
    gone.client_id,
    gone.rail,
    gone.kind,
    gone.record_id,
    gone.flow_date,
    gone.amount_minor,
    gone.currency_code,
    gone.label,
    gone.first_seen_date,
    gone.missing_since_date,
    {{ hygiene_item_id('gone.client_id', "'removed_record'", 'gone.rail', "gone.kind || ':' || gone.record_id") }}
        as hygiene_item_id,
    not gone.is_own_transfer
    and gone.flow_date > {{ as_of_date() }} - interval '{{ var("quality_days") }}' day as is_in_window
from gone
left join came
    on
        gone.client_id = came.client_id
        and gone.rail = came.rail
        and gone.kind = came.kind
        and gone.flow_date = came.flow_date
        and gone.amount_minor = came.amount_minor
        and gone.currency_code = came.currency_code
        and gone.place = came.place
        and gone.missing_since_date <= came.first_seen_date
        and gone.first_seen_date < came.first_seen_date
where came.client_id is null
