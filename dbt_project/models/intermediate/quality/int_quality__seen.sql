{{
    config(
        materialized='incremental',
        unique_key=['client_id', 'rail', 'kind', 'record_id'],
        incremental_strategy='delete+insert',
        on_schema_change='append_new_columns',
        full_refresh=false
    )
}}
-- One row per record that any build has ever seen as cash flow, kept when the record is gone.
-- A rail keeps only the key of a record that was deleted, and a row that vanished leaves nothing at all. Without this
-- memory the score would rise when a bad record is deleted.
with present as (
    select
        client_id,
        rail,
        kind,
        record_id,
        flow_date,
        amount_minor,
        currency_code,
        label,
        is_own_transfer
    from {{ ref('int_quality__claims') }}
),

remembered as (
    {% if is_incremental() %}
        select * from {{ this }}
    {% else %}
        select
            *,
            cast(null as date) as first_seen_date,
            cast(null as date) as missing_since_date
        from present
        where false
    {% endif %}
),

-- What still stands in the rail without being cash flow today (a payment that failed) has not vanished.
standing as (
    select
        client_id,
        'plaid' as rail,
        'posting' as kind,
        posting_id_plaid as record_id
    from {{ ref('int_reconciliation__postings') }}
    union all
    select
        client_id,
        'ramp',
        'bill_payment',
        bill_id_ramp
    from {{ ref('stg_ramp__bills') }}
    union all
    select
        client_id,
        'ramp',
        'card_transaction',
        transaction_id_ramp
    from {{ ref('stg_ramp__transactions') }}
    union all
    select
        client_id,
        'ramp',
        'card_paydown',
        transfer_id_ramp
    from {{ ref('stg_ramp__transfers') }}
    union all
    select
        client_id,
        'stripe',
        'payout',
        payout_id_stripe
    from {{ ref('stg_stripe__payouts') }}
    union all
    -- A transfer that turns out to go to a card is the same record under another kind.
    select
        client_id,
        'qbo',
        unnest(['transfer', 'card_paydown']),
        transfer_id_qbo
    from {{ ref('stg_qbo__transfers') }}
    union all
    select
        client_id,
        'qbo',
        'payment',
        payment_id_qbo
    from {{ ref('stg_qbo__payments') }}
    union all
    select
        client_id,
        'qbo',
        'bill_payment',
        bill_payment_id_qbo
    from {{ ref('stg_qbo__bill_payments') }}
),

joined as (
    select
        coalesce(present.client_id, remembered.client_id) as client_id,
        coalesce(present.rail, remembered.rail) as rail,
        coalesce(present.kind, remembered.kind) as kind,
        coalesce(present.record_id, remembered.record_id) as record_id,
        coalesce(present.flow_date, remembered.flow_date) as flow_date,
        coalesce(present.amount_minor, remembered.amount_minor) as amount_minor,
        coalesce(present.currency_code, remembered.currency_code) as currency_code,
        coalesce(present.label, remembered.label) as label,
        coalesce(present.is_own_transfer, remembered.is_own_transfer) as is_own_transfer,
        coalesce(remembered.first_seen_date, {{ as_of_date() }}) as first_seen_date,
        case
            when present.record_id is not null or standing.record_id is not null then null
            else coalesce(remembered.missing_since_date, {{ as_of_date() }})
        end as missing_since_date,
        remembered.record_id is null as is_new,
        remembered.flow_date as was_flow_date,
        remembered.amount_minor as was_amount_minor,
        remembered.missing_since_date as was_missing_since_date
    from present
    full outer join remembered
        on
            present.client_id = remembered.client_id
            and present.rail = remembered.rail
            and present.kind = remembered.kind
            and present.record_id = remembered.record_id
    left join standing
        on
            remembered.client_id = standing.client_id
            and remembered.rail = standing.rail
            and remembered.kind = standing.kind
            and remembered.record_id = standing.record_id
    -- A build for an earlier day does not judge what came after it, nor what is older than it looks.
    where
        present.record_id is not null
        or (
            remembered.flow_date <= {{ as_of_date() }}
            and remembered.flow_date > {{ as_of_date() }} - interval '{{ var("reconciliation_days") }}' day
        )
)

select
    client_id,
    rail,
    kind,
    record_id,
    flow_date,
    amount_minor,
    currency_code,
    label,
    is_own_transfer,
    first_seen_date,
    missing_since_date
from joined
-- Only what changed is written.
where
    is_new
    or was_flow_date is distinct from flow_date
    or was_amount_minor is distinct from amount_minor
    or was_missing_since_date is distinct from missing_since_date
