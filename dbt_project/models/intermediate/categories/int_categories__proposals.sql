-- One row per money line that needs an account: the account proposed for it, by which rule, how sure, and why.
-- A person's ruling for the client, then how its own books coded the counterparty, then the firm's other clients, then
-- a model of words; else nothing. Only the first two may be applied without a person.
with lines as (
    select
        lines.*,
        clients.advisor_id
    from {{ ref('int_categories__lines') }} as lines
    inner join {{ ref('stg_control__clients') }} as clients
        on lines.client_id = clients.client_id
),

patterns as (
    select string_agg(pattern, '|') as pattern
    from {{ ref('catch_all_accounts') }}
),

-- Two accounts of one name prove neither; a parking account is never an answer.
accounts as (
    select
        accounts.client_id,
        accounts.account_name,
        min(accounts.account_id_qbo) as account_id_qbo
    from {{ ref('stg_qbo__accounts') }} as accounts
    cross join patterns
    where accounts.is_active and not regexp_matches(upper(accounts.account_name), patterns.pattern)
    group by accounts.client_id, accounts.account_name
    having count(*) = 1
),

active_accounts as (
    select
        client_id,
        account_id_qbo
    from {{ ref('stg_qbo__accounts') }}
    where is_active
),

-- A ruling "never this account" about the record, its counterparty or its text, at the client or the whole firm.
vetoes as (
    select
        advisor_id,
        client_id,
        left_key,
        right_key
    from {{ ref('stg_control__rulings') }}
    where subject = 'category' and verb = 'separate'
),

ruled as (
    select
        client_id,
        rail,
        object_type,
        record_id,
        account_id_qbo,
        account_name,
        case when is_clients_own then 1 else 3 end as preference,
        case when is_clients_own then 'client rule' else 'firm rule' end as rule,
        cast(1.0 as double) as confidence,
        coalesce(decided_by_name, 'A person') || ' decided on ' || strftime(decided_at, '%d %b %Y')
        || case when is_clients_own then '' else ' for the whole firm' end
        || coalesce(': ' || reason, '') as evidence
    from {{ ref('int_categories__rulings') }}
),

remembered as (
    select
        lines.client_id,
        lines.rail,
        lines.object_type,
        lines.record_id,
        memory.account_id_qbo,
        memory.account_name,
        2 as preference,
        'client memory' as rule,
        -- The share of few codings is drawn towards even odds: one of one is no certainty.
        (memory.weighted_share * memory.record_count_all + 0.5) / (memory.record_count_all + 1) as confidence,
        'Coded to "' || memory.account_name || '" in ' || memory.record_count || ' of ' || memory.record_count_all
        || case when memory.record_count_all = 1 then ' record' else ' records' end
        || ' of this party, last on ' || strftime(memory.last_date, '%d %b %Y') || '.' as evidence
    from lines
    inner join {{ ref('int_categories__memory') }} as memory
        on lines.client_id = memory.client_id and lines.counterparty_id = memory.counterparty_id
    inner join active_accounts
        on memory.client_id = active_accounts.client_id and memory.account_id_qbo = active_accounts.account_id_qbo
    where memory.place = 1
),

firm_remembered as (
    select
        lines.client_id,
        lines.rail,
        lines.object_type,
        lines.record_id,
        accounts.account_id_qbo,
        firm.account_name,
        4 as preference,
        'firm memory' as rule,
        (firm.client_count + 0.5) / (firm.client_count_all + 1) as confidence,
        firm.client_count || ' of ' || firm.client_count_all
        || ' other clients of the firm that know this party code it to "' || firm.account_name || '".' as evidence
    from lines
    inner join {{ ref('int_categories__firm_memory') }} as firm
        on
            lines.advisor_id = firm.advisor_id
            and lines.clean_name = firm.clean_name
            and not list_contains(firm.client_ids, lines.client_id)
    inner join accounts
        on lines.client_id = accounts.client_id and firm.account_name = accounts.account_name
),

modelled as (
    select
        modelled.client_id,
        modelled.rail,
        modelled.object_type,
        modelled.record_id,
        accounts.account_id_qbo,
        modelled.account_name,
        5 as preference,
        'model' as rule,
        modelled.confidence,
        'The words of "' || lines.spoken_text || '" are like those of lines that the firm codes to "'
        || modelled.account_name || '".' as evidence
    from {{ ref('int_categories__modelled') }} as modelled
    inner join lines
        on
            modelled.client_id = lines.client_id
            and modelled.rail = lines.rail
            and modelled.object_type = lines.object_type
            and modelled.record_id = lines.record_id
    inner join accounts
        on modelled.client_id = accounts.client_id and modelled.account_name = accounts.account_name
),

candidates as (
    select * from ruled
    union all
    select * from remembered
    union all
    select * from firm_remembered
    union all
    select * from modelled
),

allowed as (
    select
        candidates.*,
        row_number() over (
            partition by candidates.client_id, candidates.rail, candidates.object_type, candidates.record_id
            order by candidates.preference asc, candidates.confidence desc, candidates.account_id_qbo asc
        ) as place
    from candidates
    inner join lines
        on
            candidates.client_id = lines.client_id
            and candidates.rail = lines.rail
            and candidates.object_type = lines.object_type
            and candidates.record_id = lines.record_id
    -- Below 0.6 a proposal would be wrong as often as it helps.
    where
        candidates.confidence >= 0.6
        and not exists (
            select 1
            from vetoes
            where
                vetoes.advisor_id = lines.advisor_id
                and (vetoes.client_id is null or vetoes.client_id = lines.client_id)
                and vetoes.left_key in (
                    lines.rail || '|' || lines.object_type || '|' || lines.record_id,
                    'counterparty|' || lines.counterparty_id,
                    'text|' || lines.clean_name
                )
                and vetoes.right_key
                = case when vetoes.client_id is null then candidates.account_name else candidates.account_id_qbo end
                and candidates.rule <> 'client rule'
        )
)

select
    lines.client_id,
    lines.rail,
    lines.object_type,
    lines.record_id,
    lines.line_date,
    lines.amount_minor,
    lines.currency_code,
    lines.counterparty_id,
    case
        when allowed.rule is null then 'open'
        -- Three codings that agree nearly always; a single one may itself be the mistake.
        when allowed.rule in ('client rule', 'client memory') and allowed.confidence >= 0.85 then 'auto'
        else 'proposed'
    end as status,
    allowed.account_id_qbo as proposed_account_id_qbo,
    allowed.account_name as proposed_account_name,
    coalesce(allowed.rule, 'none') as rule,
    allowed.confidence,
    coalesce(allowed.evidence, 'Neither this client nor the firm has coded this party, and its words say too little.')
        as evidence
from lines
left join allowed
    on
        lines.client_id = allowed.client_id
        and lines.rail = allowed.rail
        and lines.object_type = allowed.object_type
        and lines.record_id = allowed.record_id
        and allowed.place = 1
