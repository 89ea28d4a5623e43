-- One row per thing that does not hold of a match's certificate, re-checked against the bank lines and records alone.
-- It shares nothing with the matcher: records exist and are this client's, cents add up but for a stated fee within
-- the fee rule, days lie in the method's window, nothing stands in two applied matches of a rail, the margin is true.
with certificates as (
    select * from {{ ref('int_reconciliation__certificates') }}
),

lines as (
    select
        client_id,
        posting_id_plaid as line_key,
        amount_minor,
        currency_code,
        posted_date as day
    from {{ ref('int_reconciliation__postings') }}
),

records as (
    select
        client_id,
        rail,
        concat_ws('|', kind, side, document_id) as record_key,
        amount_minor,
        currency_code,
        document_date as day
    from {{ ref('int_reconciliation__documents') }}

    union all

    select
        client_id,
        'qbo' as rail,
        concat_ws('|', 'bill', 'out', bill_id_qbo) as record_key,
        amount_minor,
        currency_code,
        bill_date as day
    from {{ ref('int_reconciliation__bills') }}
),

stated_lines as (
    select
        client_id,
        match_id,
        rail,
        unnest(posting_ids_plaid) as line_key
    from certificates
),

stated_records as (
    select
        client_id,
        match_id,
        rail,
        unnest(documents) as record_key
    from certificates
),

paid as (
    select
        stated_lines.client_id,
        stated_lines.match_id,
        {{ stated_sums('stated_lines', 'lines', 'line_key') }}
    from stated_lines
    left join lines on stated_lines.client_id = lines.client_id and stated_lines.line_key = lines.line_key
    group by stated_lines.client_id, stated_lines.match_id
),

owed as (
    select
        stated_records.client_id,
        stated_records.match_id,
        {{ stated_sums('stated_records', 'records', 'record_key') }}
    from stated_records
    left join records
        on
            stated_records.client_id = records.client_id
            and stated_records.rail = records.rail
            and stated_records.record_key = records.record_key
    group by stated_records.client_id, stated_records.match_id
),

compared as (
    select
        certificates.client_id,
        certificates.match_id,
        certificates.method,
        certificates.fee_minor,
        certificates.lines_minor,
        certificates.parts_minor,
        certificates.currency_code,
        certificates.match_score as score,
        certificates.runner_up_score as rival,
        certificates.margin,
        paid.total_minor as line_sum,
        owed.total_minor as record_sum,
        coalesce(
            paid.found_count = len(certificates.posting_ids_plaid) and owed.found_count = len(certificates.documents),
            false
        ) as is_there,
        paid.distinct_count < paid.found_count or owed.distinct_count < owed.found_count as is_repeated,
        (paid.has_in or owed.has_in) and (paid.has_out or owed.has_out) and owed.found_count = 1 as is_opposite,
        certificates.currency_code <> paid.currency_least
        or certificates.currency_code <> paid.currency_most
        or certificates.currency_code <> owed.currency_least
        or certificates.currency_code <> owed.currency_most as is_mixed,
        paid.first_day - owed.last_day as days_least,
        paid.last_day - owed.first_day as days_most,
        -- A fee is at most 3.5 % of the records or 3.00 on the way in, 50.00 on the way out.
        case
            when paid.total_minor > 0 then greatest(300, abs(owed.total_minor) * 35 // 1000)
            else 5000
        end as fee_most,
        -- Days from record to line; amounts that are equal have the widest window of the exact methods.
        case
            when
                certificates.method in ('bill, no payment recorded', 'payout before fees')
                or certificates.method in ('amount and reference', 'amount and name', 'amount and date', 'amount alone')
                then -7
            else -2
        end as early,
        case
            when certificates.method = 'bill, no payment recorded' then 120
            when certificates.method = 'payout before fees' then 7
            when certificates.method in ('amount and reference', 'amount and name', 'amount and date', 'amount alone')
                then 14
            else 5
        end as late
    from certificates
    left join paid
        on certificates.client_id = paid.client_id and certificates.match_id = paid.match_id
    left join owed
        on certificates.client_id = owed.client_id and certificates.match_id = owed.match_id
    -- A person's word needs no proof.
    where certificates.method <> 'person'
),

told as (
    select
        client_id,
        match_id,
        case
            when not is_there then ['a line or record of it does not exist']
            else [
                case when is_repeated then 'a line or record stands in it twice' end,
                case
                    when line_sum <> lines_minor or record_sum <> parts_minor
                        then
                            'its sums are ' || line_sum || ' and ' || record_sum
                            || ', not ' || lines_minor || ' and ' || parts_minor
                end,
                case
                    when line_sum <> record_sum + fee_minor
                        then 'lines ' || line_sum || ' are not records ' || record_sum || ' and fee ' || fee_minor
                end,
                case when is_opposite then 'line and record go in opposite directions' end,
                case when is_mixed then 'currencies differ' end,
                case
                    -- The fee of a payout is Stripe's own figure, whatever its share.
                    when
                        fee_minor <> 0
                        and method <> 'payout before fees'
                        and (
                            method not in ('deposit less a fee', 'payment and a fee')
                            or fee_minor > 0
                            or -fee_minor > fee_most
                        )
                        then 'a fee of ' || fee_minor || ' is not allowed for ' || method
                end,
                case
                    when days_least < early or days_most > late
                        then
                            'days ' || days_least || ' to ' || days_most
                            || ' are outside of ' || early || ' to ' || late
                end,
                case when not score between 0 and 1 then 'score ' || score || ' is no probability' end,
                case
                    when
                        (rival is null) <> (margin is null)
                        or abs(rival - score * exp(-greatest(margin, 0))) > 1e-6
                        then
                            'margin ' || coalesce(cast(margin as varchar), 'none') || ' does not lie between '
                            || score || ' and ' || coalesce(cast(rival as varchar), 'none')
                end
            ]
        end as faults
    from compared
),

uses as (
    select
        used.client_id,
        used.match_id,
        used.use_key,
        certificates.method,
        min(used.match_id) over (partition by used.client_id, used.rail, used.use_key) as first_match_id
    from (
        select distinct
            client_id,
            match_id,
            rail,
            'line ' || line_key as use_key
        from stated_lines
        union all
        select distinct
            client_id,
            match_id,
            rail,
            'record ' || record_key as use_key
        from stated_records
    ) as used
    inner join certificates
        on
            used.client_id = certificates.client_id
            and used.match_id = certificates.match_id
            and certificates.status = 'matched'
)

select
    client_id,
    match_id,
    unnest(list_filter(faults, fault -> fault is not null)) as fault
from told

union all

-- What a person put together is used too, but it is not at fault.
select
    client_id,
    match_id,
    use_key || ' is in match ' || first_match_id || ' too' as fault
from uses
where match_id <> first_match_id and method <> 'person'
