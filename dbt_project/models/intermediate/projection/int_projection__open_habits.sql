-- One row per open document of an origin: when the most of its money is expected and the habit that says so, in words.
with landed as (
    select
        client_id,
        origin_date,
        kind,
        source_id,
        -- The day by which half of it has come.
        arg_min(expected_date, week_number) filter (where share_by_then >= 0.5) as expected_date
    from {{ ref('int_projection__landings') }}
    group by client_id, origin_date, kind, source_id
),

habits as (
    select * from {{ ref('int_projection__habits') }}
),

documents as (
    select
        open_documents.client_id,
        open_documents.origin_date,
        open_documents.kind,
        open_documents.source_id,
        open_documents.payer_key,
        open_documents.set_date,
        open_documents.days_overdue,
        landed.expected_date
    from {{ ref('int_projection__open_documents') }} as open_documents
    inner join landed
        on
            open_documents.client_id = landed.client_id
            and open_documents.origin_date = landed.origin_date
            and open_documents.kind = landed.kind
            and open_documents.source_id = landed.source_id
),

with_own as (
    select
        documents.*,
        habits.usual_days_after_due as own_days,
        len(habits.lags) as own_payments
    from documents
    asof left join habits
        on
            documents.client_id = habits.client_id
            and documents.kind = habits.kind
            and documents.payer_key = habits.payer_key
            and documents.origin_date >= habits.known_date
),

all_habits as (
    select * from habits
    where payer_key = ''
),

with_client as (
    select
        with_own.*,
        all_habits.usual_days_after_due as client_days
    from with_own
    asof left join all_habits
        on
            with_own.client_id = all_habits.client_id
            and with_own.kind = all_habits.kind
            and with_own.origin_date >= all_habits.known_date
)

select
    with_client.client_id,
    with_client.origin_date,
    with_client.kind,
    with_client.source_id,
    with_client.expected_date,
    case
        when with_client.set_date is not null then 'Payment date set in Ramp'
        when not facts.has_due_date then 'No due date: thirty days after its own date'
        when coalesce(with_client.own_payments, 0) >= 3 and with_client.kind = 'vendor'
            then 'Due date; this vendor is usually paid ' || {{ usual_delay('with_client.own_days') }}
        when coalesce(with_client.own_payments, 0) >= 3
            then 'Due date; this customer usually pays ' || {{ usual_delay('with_client.own_days') }}
        when with_client.client_days is not null and with_client.kind = 'vendor'
            then 'Due date; bills are usually paid ' || {{ usual_delay('with_client.client_days') }}
        when with_client.client_days is not null
            then 'Due date; customers usually pay ' || {{ usual_delay('with_client.client_days') }}
        else 'Due date'
    end
    || case
        when
            with_client.set_date is null
            and with_client.days_overdue > coalesce(with_client.own_days, with_client.client_days, 0)
            then '; that day has passed'
        else ''
    end as basis
from with_client
inner join {{ ref('int_projection__documents') }} as facts
    on
        with_client.client_id = facts.client_id
        and with_client.kind = facts.kind
        and with_client.source_id = facts.source_id
