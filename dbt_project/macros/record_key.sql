{# A record's key as people's rulings write it: rail|object_type|record_id. #}
{% macro record_key(rail, object_type, record_id) -%}
    concat_ws('|', {{ rail }}, {{ object_type }}, {{ record_id }})
{%- endmacro %}

{# The object type behind a reconciled document's kind: Ramp's payment of a bill is its bill, a pay-down a transfer. #}
{% macro object_type_of(rail, kind) -%}
    case
        when {{ rail }} = 'ramp' and {{ kind }} = 'bill_payment' then 'bill'
        when {{ kind }} = 'card_paydown' then 'transfer'
        else {{ kind }}
    end
{%- endmacro %}

{# A ruling's key as a record's: the right side of a match names a document by its kind. #}
{% macro ruled_record_key(subject, key) -%}
    case
        when {{ subject }} = 'match' and {{ key }} like 'ramp|bill_payment|%' then replace({{ key }}, 'ramp|bill_payment|', 'ramp|bill|')
        when {{ subject }} = 'match' then replace({{ key }}, '|card_paydown|', '|transfer|')
        else {{ key }}
    end
{%- endmacro %}
